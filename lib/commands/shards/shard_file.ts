import type { DecodedArray, SchemaElement } from "hyparquet";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { writeWhole } from "../../checkpoint/files.ts";
import { MOST_SHARDS, type Shard } from "./shard.ts";

/**
 * What a table was computed from. Shards are parts of one table if their identities are equal,
 * apart from the model's name.
 */
export interface TableIdentity {
  /** The command that computes the table: `sweep`, `patch` or `trace`. */
  readonly task: string;
  /** The name, folder or Hub id of the model, as it was given. */
  readonly model: string;
  /**
   * SHA-256 of the model's weights, then ` without KEY` for each attribute of `config.json` that
   * was left out.
   */
  readonly weights: string;
  /** The device that the model computed on: the last digits of a number differ between devices. */
  readonly device: string;
  /** The element type that the model computed in. */
  readonly dtype: string;
  /** SHA-256 of all prompts of the table. */
  readonly prompts: string;
  /** Everything else that the numbers depend on, such as the heads. */
  readonly options: string;
}

/**
 * Returns a model in words: its name, the first digits of the hash of its weights, and the
 * attributes that were left out.
 */
export function modelInWords({ model, weights }: Pick<TableIdentity, "model" | "weights">): string {
  const [hash, ...leftOut] = weights.split(" ");
  return `${model} (${[`sha256 ${hash.slice(0, 12)}…`, ...leftOut].join(" ")})`;
}

/** A shard that was read from its file. */
export interface ShardFile {
  readonly path: string;
  readonly identity: TableIdentity;
  readonly shard: Shard;
  readonly table: pl.DataFrame;
}

/** The key of the Parquet file's metadata that says which shard of which table the file holds. */
const METADATA_KEY = "circuitbook.shard";

const metadataSchema = z.strictObject({
  identity: z.strictObject({
    task: z.string(),
    model: z.string(),
    weights: z.string(),
    // Older versions did not record these two.
    device: z.string().default("another device"),
    dtype: z.string().default("another dtype"),
    prompts: z.string(),
    options: z.string(),
  }),
  shard: z.strictObject({
    index: z.int().positive(),
    count: z.int().max(MOST_SHARDS),
  }),
});

const REQUIRED = { repetition_type: "REQUIRED" } as const;

/** How columns of some polars types are written to Parquet. */
interface ColumnKind {
  readonly types: readonly pl.DataType[];
  readonly elements: (name: string) => SchemaElement[];
  readonly values: (column: pl.Series) => DecodedArray;
}

const KINDS: readonly ColumnKind[] = [
  {
    types: [pl.Utf8, pl.String],
    elements: (name) => [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", ...REQUIRED }],
    values: (column) => column.toArray(),
  },
  {
    types: [pl.Int64],
    elements: (name) => [{ name, type: "INT64", ...REQUIRED }],
    values: (column) => column.toArray().map((value) => BigInt(value)),
  },
  {
    types: [pl.Float64],
    elements: (name) => [{ name, type: "DOUBLE", ...REQUIRED }],
    values: (column) => column.toArray(),
  },
  {
    types: [pl.List(pl.Float32)],
    // Parquet writes a list as a group of three elements.
    elements: (name) => [
      { name, converted_type: "LIST", num_children: 1, ...REQUIRED },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", ...REQUIRED },
    ],
    values: (column) => column.toArray() as unknown as number[][],
  },
];

/**
 * Writes a shard of a table to a Parquet file, whole or not at all.
 *
 * @param table the rows of the shard. A table without rows keeps its columns and their types.
 * @throws CircuitbookError if the file cannot be written.
 */
export async function writeShard(
  path: string,
  table: pl.DataFrame,
  identity: TableIdentity,
  shard: Shard,
): Promise<void> {
  const columns = table.getColumns();
  const elements = columns.flatMap((column) => kindOf(column).elements(column.name));
  const bytes = parquetWriteBuffer({
    columnData: columns.map((column) => ({
      name: column.name,
      data: kindOf(column).values(column),
    })),
    schema: [{ name: "root", num_children: columns.length }, ...elements],
    kvMetadata: [{ key: METADATA_KEY, value: JSON.stringify({ identity, shard }) }],
  });
  await writeWhole(path, new Uint8Array(bytes));
}

/**
 * Reads a shard.
 *
 * @throws CircuitbookError if there is no such file, or the file is not a shard of a table.
 */
export async function readShard(path: string): Promise<ShardFile> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new CircuitbookError(
      `Expected a shard at ${path} but could not read it: ${messageOf(error)}`,
      { cause: error },
    );
  }
  const parsed = metadataSchema.safeParse(metadataOf(bytes));
  if (!parsed.success) {
    throw new CircuitbookError(
      `Expected a shard that --shard wrote but found another kind of file at ${path}.`,
    );
  }
  return { path, ...parsed.data, table: pl.readParquet(path) };
}

function metadataOf(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    const { key_value_metadata = [] } = parquetMetadata(bytes.buffer);
    return JSON.parse(key_value_metadata.find(({ key }) => key === METADATA_KEY)?.value ?? "null");
  } catch {
    // The file is not Parquet, or is incomplete. The caller names its path.
    return undefined;
  }
}

function kindOf(column: pl.Series): ColumnKind {
  const kind = KINDS.find(({ types }) => types.some((type) => column.dtype.equals(type)));
  if (kind) return kind;
  throw new CircuitbookError(
    `Expected columns of texts, whole numbers, numbers or lists of them but found "${column.name}" of ${column.dtype}.`,
  );
}

import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { widenBF16, widenF16 } from "./halves.ts";

/** Bytes per number of every dtype that the safetensors format names. */
const BYTES_PER_VALUE = {
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A dtype that a safetensors file may hold. */
export type StoredDtype = keyof typeof BYTES_PER_VALUE;

/** A dtype that weights may have. */
export type WeightDtype = "F32" | "F16" | "BF16";

/** Where a tensor stands on disk. */
export interface StoredTensor {
  name: string;
  dtype: StoredDtype;
  shape: readonly number[];
  /** The real path of the file: symlinks are resolved. */
  file: string;
  /** Where the tensor's first byte stands in the file. */
  offset: number;
  byteLength: number;
}

/** A tensor whose dtype weights may have. */
export interface TensorEntry extends StoredTensor {
  dtype: WeightDtype;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** The largest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int(), z.number().int()]),
});

/**
 * The header of a safetensors file: each tensor's dtype, shape and place. Reads the header's bytes only.
 *
 * Format: https://huggingface.co/docs/safetensors (8 bytes of header length, JSON, data).
 *
 * @throws CircuitbookError when the file is missing, truncated, or its header lies; names the file and the tensor.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tensors } = await checkpoints.readSafetensorsHeader("data/models/countdown-r1/model.safetensors");
 * assertEquals(tensors.get("model.norm.weight")?.shape, [192]);
 * ```
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await realPathOf(path);
  using handle = await Deno.open(file);
  const { size } = await handle.stat();
  if (size < 8) {
    throw new CircuitbookError(
      `Expected a safetensors file but ${path} has ${size} bytes; fetch it again.`,
    );
  }
  const prefix = await readExactly(handle, path, 0, 8);
  const headerBytes = new DataView(prefix.buffer).getBigUint64(0, true);
  if (headerBytes > BigInt(size - 8) || headerBytes > BigInt(MAX_HEADER_BYTES)) {
    throw new CircuitbookError(
      `Expected a safetensors header that fits into ${path} (${size} bytes) but found a header length of ` +
        `${headerBytes}; the file is truncated or no safetensors file.`,
    );
  }
  const text = new TextDecoder().decode(await readExactly(handle, path, 8, Number(headerBytes)));
  const { __metadata__: metadata, ...entries } = parseHeader(text, path);
  const dataStart = 8 + Number(headerBytes);
  const tensors = Object.entries(entries).map(([name, entry]) =>
    locate(name, entry, { file, path, dataStart, size })
  );
  refuseOverlaps(tensors, path);
  return {
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: z.record(z.string(), z.string()).catch({}).parse(metadata ?? {}),
  };
}

/** Some of a tensor's rows: indices of its first axis, `to` excluded. */
export interface RowRange {
  from: number;
  to: number;
}

/**
 * The values of a tensor as float32, row-major: F16 and BF16 are widened. With `rows`, only those: a large tensor need not
 * be in memory whole.
 *
 * @throws CircuitbookError when the tensor has no such rows, or the file has become shorter than its header says.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tensors } = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * assertEquals((await checkpoints.readWeight(tensors.get("model.norm.weight")!)).length, 192);
 * ```
 */
export async function readWeight(
  tensor: TensorEntry,
  rows?: RowRange,
): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await readBytes(rows ? rowsOf(tensor, rows) : tensor);
  if (tensor.dtype === "F32") return new Float32Array(bytes.buffer);
  return (tensor.dtype === "F16" ? widenF16 : widenBF16)(new Uint16Array(bytes.buffer));
}

/** Where some rows of a tensor stand. @throws CircuitbookError when it has no such rows. */
function rowsOf<Entry extends StoredTensor>(tensor: Entry, { from, to }: RowRange): Entry {
  const [count = 1, ...inner] = tensor.shape;
  if (![from, to].every(Number.isInteger) || from < 0 || to < from || to > count) {
    throw new CircuitbookError(
      `Expected rows from 0 to ${count} for tensor "${tensor.name}" but found ${from} to ${to}.`,
    );
  }
  const bytesPerRow = inner.reduce((a, b) => a * b, BYTES_PER_VALUE[tensor.dtype]);
  return {
    ...tensor,
    shape: [to - from, ...inner],
    offset: tensor.offset + from * bytesPerRow,
    byteLength: (to - from) * bytesPerRow,
  };
}

/** The bytes of a tensor as they are stored. @throws CircuitbookError when the file has become too short. */
async function readBytes(tensor: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  using handle = await Deno.open(tensor.file);
  return await readExactly(handle, tensor.file, tensor.offset, tensor.byteLength);
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    throw new CircuitbookError(`Expected a safetensors file at ${path} but found none.`, {
      cause: error,
    });
  }
}

async function readExactly(handle: Deno.FsFile, path: string, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  await handle.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = await handle.read(bytes.subarray(at));
    if (count === null) {
      throw new CircuitbookError(
        `Expected ${length} bytes at ${offset} of ${path} but found ${at}; the file is truncated.`,
      );
    }
    at += count;
  }
  return bytes;
}

function parseHeader(text: string, path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    const found = JSON.stringify(text.slice(0, 40));
    throw new CircuitbookError(
      `Expected a JSON object as the safetensors header of ${path} but found ${found}.`,
      {
        cause: error,
      },
    );
  }
}

function locate(
  name: string,
  entry: unknown,
  { file, path, dataStart, size }: { file: string; path: string; dataStart: number; size: number },
): StoredTensor {
  const refuse = (expected: string, found: unknown) => {
    return new CircuitbookError(
      `Expected ${expected} for tensor "${name}" but found ${
        JSON.stringify(found)
      } in ${path}; fetch the file again.`,
    );
  };
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) throw refuse("dtype, shape and data_offsets", entry);
  const { dtype, shape, data_offsets: [start, end] } = parsed.data;
  if (!isStoredDtype(dtype)) throw refuse("a known dtype (F32, F16, BF16)", dtype);
  if (start < 0 || end < start || dataStart + end > size) {
    throw refuse(`data_offsets within 0 to ${size - dataStart}`, [start, end]);
  }
  const byteLength = shape.reduce((a, b) => a * b, 1) * BYTES_PER_VALUE[dtype];
  if (end - start !== byteLength) {
    throw refuse(`${byteLength} bytes (${dtype} of shape [${shape}])`, `${end - start} bytes`);
  }
  return { name, dtype, shape, file, offset: dataStart + start, byteLength };
}

function isStoredDtype(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(BYTES_PER_VALUE, dtype);
}

function refuseOverlaps(tensors: readonly StoredTensor[], path: string): void {
  const sorted = tensors.filter((tensor) => tensor.byteLength > 0).sort((a, b) =>
    a.offset - b.offset
  );
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]];
    if (before.offset + before.byteLength > after.offset) {
      throw new CircuitbookError(
        `Expected tensors side by side but "${before.name}" and "${after.name}" overlap in ${path}; ` +
          `fetch the file again.`,
      );
    }
  }
}

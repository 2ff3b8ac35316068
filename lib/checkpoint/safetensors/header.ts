import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { naming } from "../files.ts";
import { type FileStamp, stampOf } from "../file_stamp.ts";
import { readExactly } from "./read_exactly.ts";
import { BYTES_PER_VALUE, type StoredDtype, type StoredTensor } from "./stored_tensor.ts";
import { product } from "../../base/lists.ts";

/** The content of the header of a safetensors file. */
export interface SafetensorsHeader {
  /** The tensors of the file, by name. */
  tensors: Map<string, StoredTensor>;
  /** Notes on the file as a whole (`__metadata__`), such as `{ format: "pt" }`. */
  metadata: Record<string, string>;
  /** Size, time and inode of the file when its header was read. */
  stamp: FileStamp;
}

/** The largest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int(), z.number().int()]),
});

/**
 * Returns the header of a safetensors file: the dtype, shape and bytes of each tensor. Only the
 * bytes of the header are read.
 *
 * Format: https://huggingface.co/docs/safetensors (8 bytes of header length, JSON, data). The data
 * holds each tensor once, without holes, and ends where the file ends.
 *
 * @param path the file; a symbolic link is followed.
 * @returns the tensors by name, the notes on the file, and the stamp of the file.
 * @throws CircuitbookError if the file is missing or truncated, or if the header contradicts itself
 * or the file; the message names the file and the tensor.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const path = "data/models/countdown-r1/model.safetensors";
 * const { tensors } = await checkpoints.readSafetensorsHeader(path);
 * assertEquals(tensors.get("model.norm.weight")?.shape, [192]);
 * ```
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  checkArguments("readSafetensorsHeader", { path: [path, is.text] });

  const file = await realPathOf(path);
  using handle = await naming("open", path, () => Deno.open(file));
  const info = await handle.stat();
  const read = (offset: number, length: number) => readExactly(handle, path, offset, length);
  const header = await readHeader({ path, file, size: info.size, read });
  return { ...header, stamp: stampOf(file, info) };
}

/** The content of a safetensors file, in a file or in memory. */
export interface SafetensorsSource {
  /** The name of the file, for messages. */
  readonly path: string;
  /** The name that tensors give their file. */
  readonly file: string;
  /** The size in bytes. */
  readonly size: number;
  /** Returns `length` bytes from the byte `offset` on. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Returns what the header of a safetensors file says, wherever its bytes are.
 *
 * @param source the content of the file, in a file or in memory.
 * @returns the tensors and the metadata.
 * @throws CircuitbookError as {@link readSafetensorsHeader} does.
 */
export async function readHeader(
  { path, file, size, read }: SafetensorsSource,
): Promise<Omit<SafetensorsHeader, "stamp">> {
  if (size < 8) {
    throw new CircuitbookError(
      `Expected a safetensors file but ${path} has ${size} bytes; fetch it again.`,
    );
  }
  const prefix = await read(0, 8);
  const headerBytes = new DataView(prefix.buffer).getBigUint64(0, true);
  if (headerBytes > BigInt(size - 8) || headerBytes > BigInt(MAX_HEADER_BYTES)) {
    throw new CircuitbookError(
      `Expected a safetensors header that fits into ${path} (${size} bytes) but found a header ` +
        `length of ${headerBytes}; the file is truncated or is not a safetensors file.`,
    );
  }
  const text = new TextDecoder().decode(await read(8, Number(headerBytes)));
  const { __metadata__: metadata, ...entries } = parseHeader(text, path);
  refuseDoubleNames(text, path);
  const dataStart = 8 + Number(headerBytes);
  const tensors = Object.entries(entries).map(([name, entry]) =>
    locate(name, entry, { file, path, dataStart, size })
  );
  refuseHolesAndOverlaps(tensors, { path, dataStart, size });
  return {
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: z.record(z.string(), z.string()).catch({}).parse(metadata ?? {}),
  };
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await naming("follow", path, () => Deno.realPath(path));
  } catch (error) {
    if (!((error as Error).cause instanceof Deno.errors.NotFound)) throw error;
    throw new CircuitbookError(`Expected a safetensors file at ${path} but found none.`, {
      cause: error,
    });
  }
}

function parseHeader(text: string, path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    const found = JSON.stringify(text.slice(0, 40));
    throw new CircuitbookError(
      `Expected a JSON object as the safetensors header of ${path} but found ${found}.`,
      { cause: error },
    );
  }
}

/** Refuses a header with a name twice: JSON.parse would keep the last entry in silence. */
function refuseDoubleNames(text: string, path: string): void {
  const seen = new Set<string>();
  let depth = 0;
  // Strings are matched whole, so that a brace or a colon inside a string does not count.
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g)) {
    if (token === "{") depth++;
    else if (token === "}") depth--;
    else if (colon && depth === 1) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      if (seen.has(name)) {
        throw new CircuitbookError(
          `Expected each tensor once but found ${shown(name)} again in ${path}; ` +
            "fetch the file again.",
        );
      }
      seen.add(name);
    }
  }
}

function locate(
  name: string,
  entry: unknown,
  { file, path, dataStart, size }: { file: string; path: string; dataStart: number; size: number },
): StoredTensor {
  const refuse = (expected: string, found: unknown) => {
    return new CircuitbookError(
      `Expected ${expected} for tensor ${shown(name)} but found ${
        shown(found)
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
  const byteLength = product(shape) * BYTES_PER_VALUE[dtype];
  if (end - start !== byteLength) {
    throw refuse(`${byteLength} bytes (${dtype} of shape [${shape}])`, `${end - start} bytes`);
  }
  return { name, dtype, shape, file, offset: dataStart + start, byteLength };
}

function isStoredDtype(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(BYTES_PER_VALUE, dtype);
}

/**
 * Refuses data that the tensors do not cover exactly. A header length that is off by one leaves a
 * hole at the end, and every weight would be shifted by a byte.
 */
function refuseHolesAndOverlaps(
  tensors: readonly StoredTensor[],
  { path, dataStart, size }: { path: string; dataStart: number; size: number },
): void {
  const sorted = tensors.filter(({ byteLength }) => byteLength > 0)
    .sort((a, b) => a.offset - b.offset);
  let end = dataStart;
  let before = "the header";
  for (const { name, offset, byteLength } of sorted) {
    if (offset < end) {
      throw new CircuitbookError(
        `Expected tensors side by side but ${before} and "${name}" overlap in ${path}; ` +
          "fetch the file again.",
      );
    }
    if (offset > end) throw hole(offset - end, `between ${before} and "${name}"`, path);
    end = offset + byteLength;
    before = `"${name}"`;
  }
  if (end < size) throw hole(size - end, `behind ${before}`, path);
}

function hole(bytes: number, where: string, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected tensors side by side but found ${bytes} ${
      bytes === 1 ? "byte that belongs" : "bytes that belong"
    } to no tensor ${where} in ${path}; fetch the file again.`,
  );
}

import { extname } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { naming } from "../files.ts";
import { type FileStamp, stampOf } from "../file_stamp.ts";
import { readExactly } from "../safetensors/read_exactly.ts";
import { BLOCK_TYPES, type BlockType } from "./block_types.ts";
import { product } from "../../base/lists.ts";

/** A tensor of a GGUF file. */
export interface GgufTensor {
  /** The name in the file: `blk.0.attn_q.weight`. */
  readonly name: string;
  readonly type: BlockType;
  /** The length of each axis, the outermost first; the file lists them the other way round. */
  readonly shape: readonly number[];
  /** The real path of the file. */
  readonly file: string;
  /** The index in the file of the tensor's first byte. */
  readonly offset: number;
  readonly byteLength: number;
}

/** The content of a GGUF file before its data. */
export interface GgufHeader {
  /** The notes of the file, by name: `llama.block_count`. */
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly tensors: readonly GgufTensor[];
  /** Size, time and inode of the file when its header was read. */
  readonly stamp: FileStamp;
}

/** The notes that `@huggingface/gguf` adds to the notes of the file. */
const ADDED_NOTES = ["version", "tensor_count", "kv_count"];

/** The largest alignment of tensors that is accepted; files have 32. */
const MOST_ALIGNMENT = 1 << 20;

/** Returns whether a path names a GGUF file. */
export function isGguf(path: string): boolean {
  return extname(path).toLowerCase() === ".gguf";
}

/**
 * Returns the notes and the tensors of a GGUF file; the weights are not read. The file is on this
 * machine: nothing is fetched.
 *
 * @throws CircuitbookError if the file is missing, truncated, split or not a GGUF file, if a tensor
 * has a type that is not supported, or if the header contradicts itself or the file.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await naming("follow", path, () => Deno.realPath(path));
  using handle = await naming("open", path, () => Deno.open(file));
  const info = await handle.stat();
  await refuseOtherFiles(handle, path, info.size);
  const { gguf } = await import("@huggingface/gguf");
  let parsed: Awaited<ReturnType<typeof gguf>>;
  try {
    parsed = await gguf(file, { allowLocalFile: true });
  } catch (error) {
    throw new CircuitbookError(
      `Expected the header of a GGUF file in ${path} but found: ${
        messageOf(error)
      }; fetch the file again.`,
      { cause: error },
    );
  }
  const metadata = new Map(Object.entries(parsed.metadata as unknown as Record<string, unknown>));
  const count = BigInt(metadata.size - ADDED_NOTES.length);
  if (count !== metadata.get("kv_count")) {
    throw new CircuitbookError(
      `Expected each note once in ${path} but found ${
        metadata.get("kv_count")
      } notes with ${count} names; fetch the file again.`,
    );
  }
  refuseOtherLayouts(metadata, parsed.littleEndian, path);
  const dataStart = Number(parsed.tensorDataOffset);
  const tensors = parsed.tensorInfos.map((tensor) =>
    locate(tensor, { file, path, dataStart, size: info.size })
  );
  refuseDoublesAndOverlaps(tensors, path);
  return { metadata, tensors, stamp: stampOf(file, info) };
}

/** Refuses a file that is no GGUF file, before it is parsed. */
async function refuseOtherFiles(handle: Deno.FsFile, path: string, size: number): Promise<void> {
  const start = size < 24 ? "" : new TextDecoder().decode(await readExactly(handle, path, 0, 4));
  if (start === "GGUF") return;
  throw new CircuitbookError(
    `Expected a GGUF file but ${path} has ${
      size < 24 ? `${size} bytes` : "another format"
    }; fetch the file again.`,
  );
}

function refuseOtherLayouts(
  metadata: ReadonlyMap<string, unknown>,
  littleEndian: boolean,
  path: string,
): void {
  if (!littleEndian) {
    throw new CircuitbookError(`Expected a little-endian GGUF file but ${path} is big-endian.`);
  }
  const parts = metadata.get("split.count");
  if (parts !== undefined && Number(parts) > 1) {
    throw new CircuitbookError(
      `Expected a whole GGUF file but ${path} is one of ${parts} parts; ` +
        "join them with llama-gguf-split --merge.",
    );
  }
  const alignment = Number(metadata.get("general.alignment") ?? 32);
  if (!(alignment <= MOST_ALIGNMENT && Number.isInteger(Math.log2(alignment)))) {
    throw new CircuitbookError(
      `Expected a power of two as "general.alignment" in ${path} but found ${alignment}.`,
    );
  }
}

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly bigint[];
  readonly dtype: number;
  readonly offset: bigint;
}

function locate(
  { name, shape: reversed, dtype, offset }: TensorInfo,
  { file, path, dataStart, size }: { file: string; path: string; dataStart: number; size: number },
): GgufTensor {
  const refuse = (expected: string, found: unknown) =>
    new CircuitbookError(
      `Expected ${expected} for tensor ${shown(name)} but found ${shown(found)} in ${path}.`,
    );
  const type = BLOCK_TYPES.get(dtype);
  if (!type) {
    const names = [...BLOCK_TYPES.values()].map((known) => known.name).join(", ");
    throw refuse(`one of the types ${names}`, `the type with the number ${dtype}`);
  }
  const shape = reversed.map(Number).toReversed();
  const columns = shape.at(-1) ?? 0;
  if (shape.length > 2 || !shape.every((length) => length > 0) || columns % type.numbers) {
    throw refuse(`one or two axes, the last a multiple of ${type.numbers} (${type.name})`, shape);
  }
  const byteLength = product(shape) / type.numbers * type.bytes;
  const start = dataStart + Number(offset);
  if (!(start + byteLength <= size)) {
    throw refuse(`${byteLength} bytes within the ${size} of the file`, `a start at ${start}`);
  }
  return { name, type, shape, file, offset: start, byteLength };
}

function refuseDoublesAndOverlaps(tensors: readonly GgufTensor[], path: string): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) {
      throw new CircuitbookError(
        `Expected each tensor once but found ${
          shown(name)
        } again in ${path}; convert the model to GGUF again.`,
      );
    }
    names.add(name);
  }
  const sorted = tensors.toSorted((a, b) => a.offset - b.offset);
  sorted.slice(1).forEach((tensor, i) => {
    const before = sorted[i];
    if (before.offset + before.byteLength <= tensor.offset) return;
    throw new CircuitbookError(
      `Expected tensors side by side but ${shown(before.name)} and ${
        shown(tensor.name)
      } overlap in ${path}; fetch the file again.`,
    );
  });
}

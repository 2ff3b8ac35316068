import { CircuitbookError } from "../../base/errors.ts";
import { naming } from "../files.ts";
import { widenBF16, widenF16 } from "./halves.ts";
import { readExactly } from "./read_exactly.ts";
import { BYTES_PER_VALUE, type StoredTensor, type TensorEntry } from "./stored_tensor.ts";

/** Some of a tensor's rows: indices of its first axis. */
export interface RowRange {
  /** The index of the first row. */
  from: number;
  /** The index behind the last row. */
  to: number;
}

/** The bits of the exponent, all of which are set in NaN and in ±Infinity. */
const EXPONENT_BITS = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 } as const;

/**
 * Returns the values of a tensor as float32, row-major; F16 and BF16 are widened. With `rows`, only
 * those rows are read, so that a large tensor need not fit into memory.
 *
 * @param tensor where the tensor lies, from {@link readSafetensorsHeader} or a checkpoint.
 * @param rows which rows of the first axis to read; all by default.
 * @returns one number for each element, in the order of the file.
 * @throws CircuitbookError if the tensor has no such rows, or if the file has become shorter than its
 * header says.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tensors } = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * const norm = await checkpoints.readWeight(tensors.get("model.norm.weight")!);
 * assertEquals(norm.length, 192);
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

/**
 * Returns the index of the first element of a tensor that is NaN or infinite, or undefined if all are
 * finite.
 *
 * @throws CircuitbookError if the file has become shorter than its header says.
 */
export async function firstNonFinite(tensor: TensorEntry): Promise<number | undefined> {
  const { buffer } = await readBytes(tensor);
  const exponent = EXPONENT_BITS[tensor.dtype];
  const values = tensor.dtype === "F32" ? new Uint32Array(buffer) : new Uint16Array(buffer);
  // A loop, because findIndex with a callback takes ten times as long on large tensors.
  for (let i = 0; i < values.length; i++) {
    if ((values[i] & exponent) === exponent) return i;
  }
  return undefined;
}

/** Returns where some rows of a tensor lie. @throws CircuitbookError if the tensor has no such rows. */
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

async function readBytes(tensor: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  using handle = await naming("open", tensor.file, () => Deno.open(tensor.file));
  return await readExactly(handle, tensor.file, tensor.offset, tensor.byteLength);
}

import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { naming } from "../files.ts";
import { widenBF16, widenF16 } from "./halves.ts";
import { readExactly } from "./read_exactly.ts";
import {
  BYTES_PER_VALUE,
  type StoredTensor,
  type TensorEntry,
  type WeightDtype,
} from "./stored_tensor.ts";

/** Some of a tensor's rows: indices of its first axis. */
export interface RowRange {
  /** The index of the first row. */
  from: number;
  /** The index after the last row. */
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
 * @throws CircuitbookError if the tensor has no such rows, if its numbers are converted when they
 * are read (GGUF files, adapters), or if the file has become shorter than its header says.
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
  checkArguments("readWeight", {
    tensor: [tensor, is.like("a tensor entry", "dtype", "name", "shape")],
    rows: [rows, is.optional(is.like("a row range", "from", "to"))],
  });

  if (tensor.conversion !== undefined) {
    throw new CircuitbookError(
      `Expected a tensor that is stored as it is but "${tensor.name}" is ${tensor.conversion}; ` +
        "use the read function of its checkpoint.",
    );
  }
  const bytes = await readBytes(rows ? rowsOf(tensor, rows) : tensor);
  return widened(bytes.buffer, tensor.dtype);
}

/**
 * Returns the values of a tensor as float32, from its stored bytes. An F32 tensor shares the
 * buffer; F16 and BF16 are widened into a new array.
 */
export function widened(buffer: ArrayBuffer, dtype: WeightDtype): Float32Array<ArrayBuffer> {
  if (dtype === "F32") return new Float32Array(buffer);
  return (dtype === "F16" ? widenF16 : widenBF16)(new Uint16Array(buffer));
}

/**
 * Returns the index of the first element of a tensor that is NaN or infinite, or undefined if all
 * are finite.
 *
 * @throws CircuitbookError if the file has become shorter than its header says.
 */
export async function firstNonFinite(tensor: TensorEntry): Promise<number | undefined> {
  const { buffer } = await readBytes(tensor);
  return firstNonFiniteIn(buffer, tensor.dtype);
}

/** Returns the index of the first number of a buffer that is NaN or infinite, if there is one. */
export function firstNonFiniteIn(buffer: ArrayBuffer, dtype: WeightDtype): number | undefined {
  const exponent = EXPONENT_BITS[dtype];
  const values = dtype === "F32" ? new Uint32Array(buffer) : new Uint16Array(buffer);
  // A loop, because findIndex with a callback takes ten times as long on large tensors.
  for (let i = 0; i < values.length; i++) {
    if ((values[i] & exponent) === exponent) return i;
  }
  return undefined;
}

/** Refuses rows that a tensor does not have. */
export function verifyRows(
  { name, shape: [count = 1] }: Pick<StoredTensor, "name" | "shape">,
  { from, to }: RowRange,
): void {
  if ([from, to].every(Number.isInteger) && from >= 0 && to >= from && to <= count) return;
  throw new CircuitbookError(
    `Expected rows from 0 to ${count} for tensor "${name}" but found ${from} to ${to}.`,
  );
}

/**
 * Returns where some rows of a tensor lie.
 *
 * @throws CircuitbookError if the tensor has no such rows.
 */
export function rowsOf<Entry extends StoredTensor>(tensor: Entry, rows: RowRange): Entry {
  const { from, to } = rows;
  const [, ...inner] = tensor.shape;
  verifyRows(tensor, rows);
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

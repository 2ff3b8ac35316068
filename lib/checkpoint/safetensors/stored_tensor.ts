/** The bytes of one number of every dtype that the safetensors format names. */
export const BYTES_PER_VALUE: Readonly<Record<StoredDtype, number>> = {
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
};

/** A dtype that a safetensors file may hold. */
export type StoredDtype =
  | "F64"
  | "I64"
  | "U64"
  | "C64"
  | "F32"
  | "I32"
  | "U32"
  | "F16"
  | "BF16"
  | "I16"
  | "U16"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "I8"
  | "U8"
  | "BOOL";

/** A dtype that weights may have. */
export type WeightDtype = "F32" | "F16" | "BF16";

/** A tensor of a safetensors file: what its header says, and where its bytes lie. */
export interface StoredTensor {
  /** The name of the tensor: `model.norm.weight`. */
  name: string;
  /**
   * The name of the tensor that this one is a part of, or is computed from; absent for what a file
   * names itself.
   */
  partOf?: string;
  /** How its numbers are stored. */
  dtype: StoredDtype;
  /** The length of each axis. */
  shape: readonly number[];
  /** The real path of the file: symbolic links are resolved. */
  file: string;
  /** The index in the file of the tensor's first byte. */
  offset: number;
  /** How many bytes the tensor takes. */
  byteLength: number;
}

/** A stored tensor whose dtype weights may have. */
export interface TensorEntry extends StoredTensor {
  /** How its numbers are stored; F32 if they are converted. */
  dtype: WeightDtype;
  /**
   * What is done to the stored bytes to get the numbers: "widened from Q4_1", "merged with an
   * adapter". Only the checkpoint's `read` returns such numbers. Undefined if the file holds the
   * numbers as they are.
   */
  conversion?: string;
}

/** Returns whether a stored tensor has a dtype that weights may have. */
export function isWeight(tensor: StoredTensor): tensor is TensorEntry {
  return tensor.dtype === "F32" || tensor.dtype === "F16" || tensor.dtype === "BF16";
}

import { DATA_TYPE } from "../../onnx/encode.ts";
import type { ElementType, Graph, Value } from "../../onnx/graph.ts";

/**
 * The element type of a model's matrix products and attention. In `int8` products with weights are
 * computed in 8 bits, and attention in f32.
 */
export type Dtype = "f32" | "f16" | "bf16" | "int8";

/** The element types that a model can be loaded in. */
export const DTYPES = ["f32", "f16", "bf16", "int8"] as const satisfies readonly Dtype[];

/** The element types in half precision. */
type HalfDtype = "f16" | "bf16";

const ELEMENT_TYPES: Record<HalfDtype, ElementType> = {
  f16: "float16",
  bf16: "bfloat16",
};

/** How matrix products are computed. */
export interface Products {
  /** The element type of the operands and of the result. Sums are kept in f32 by the device. */
  readonly dtype: Dtype;
  /**
   * Whether the device multiplies in that type. Otherwise operands and results are rounded to it,
   * and the product is computed in f32: the processor has no products in half precision.
   */
  readonly native: boolean;
}

/** Products of f32 numbers. */
export const F32_PRODUCTS: Products = { dtype: "f32", native: true };

/** Returns whether products are computed in half precision. */
export function isHalf(dtype: Dtype): dtype is HalfDtype {
  return dtype === "f16" || dtype === "bf16";
}

/** Returns the element type in which the matrices of a model are fed to graphs. */
export function storedType({ dtype, native }: Products): ElementType {
  return isHalf(dtype) && native ? ELEMENT_TYPES[dtype] : "float32";
}

/**
 * Writes the casts around products in half precision. All other values of a graph are f32: the
 * residual stream, norms, softmax and logits.
 */
export class Precision {
  readonly #graph: Graph;
  readonly #products: Products;

  constructor(graph: Graph, products: Products) {
    this.#graph = graph;
    this.#products = products;
  }

  /** Whether products are computed in half precision. */
  get half(): boolean {
    return isHalf(this.#products.dtype);
  }

  /** Whether products with weights are computed in 8 bits. */
  get int8(): boolean {
    return this.#products.dtype === "int8";
  }

  /** Returns an f32 value as an operand of a product. */
  operand(value: Value): Value {
    const { dtype, native } = this.#products;
    if (!isHalf(dtype)) return value;
    // A cast to half precision and back rounds the numbers as a device with half-precision products
    // would.
    const half = this.#cast(value, ELEMENT_TYPES[dtype]);
    return native ? half : this.#cast(half, "float32");
  }

  /** Returns the result of a product as f32. */
  result(value: Value): Value {
    const { dtype, native } = this.#products;
    if (!isHalf(dtype)) return value;
    return native ? this.#cast(value, "float32") : this.operand(value);
  }

  #cast(value: Value, type: ElementType): Value {
    return this.#graph.node("Cast", [value], { to: DATA_TYPE[type] }, { type });
  }
}

/**
 * Returns numbers rounded to an element type in half precision, ties to even; in f32 and int8, the
 * numbers.
 */
export function rounded(data: Float32Array, dtype: Dtype): Float32Array {
  if (!isHalf(dtype)) return data;
  if (dtype === "f16") return new Float32Array(new Float16Array(data));
  const bits = new Uint32Array(data.slice().buffer);
  // bf16 keeps the upper half of the bits.
  for (let i = 0; i < bits.length; i++) {
    // Just below half of the last kept bit is added, and one more if that bit is odd: ties go to
    // the even number.
    bits[i] = (bits[i] + 0x7fff + ((bits[i] >>> 16) & 1)) & 0xffff0000;
  }
  return new Float32Array(bits.buffer);
}

import { common, dirname, relative } from "deno-std/path/mod.js";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { DATA_TYPE } from "../../onnx/encode.ts";
import { isMapped, withParts, writePart } from "./tensor_parts.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { ElementType, Graph, Value } from "../../onnx/graph.ts";

const ELEMENT_TYPES: Record<"F32" | "F16" | "BF16", ElementType> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * Returns the folder that holds all weight files of a checkpoint. The files of a model folder may
 * be links into several folders, as in the Hub's cache. In that case, the result is their deepest
 * common folder. For files in memory, the result is the empty text.
 */
export function weightsFolder({ tensors, bytes }: Checkpoint): string {
  if (bytes) return "";
  return common([...new Set([...tensors.values()].map(({ file }) => dirname(file)))]);
}

/**
 * Returns whether a tensor is a matrix. Norms and biases stay in f32, even if matrices are in half
 * precision.
 */
export function isMatrix(shape: readonly number[]): boolean {
  return shape.length > 1;
}

/**
 * The checkpoint's tensors as values of one graph. A tensor is written when it is first asked for:
 * as a constant that points into its safetensors file, or as an input that every run is fed.
 */
export class GraphWeights {
  readonly #values = new Map<string, Value>();
  readonly #matrices = new Map<string, Value>();
  readonly #folder: string;

  readonly #graph: Graph;
  readonly #checkpoint: Checkpoint;
  readonly #fed: ElementType | undefined;
  readonly #parts: Architecture["parts"];
  readonly #whole: boolean;
  /** Whether matrices are stored [in, out]. */
  readonly #transposed: boolean;

  /**
   * @param fed the element type of the matrices, from {@link storedType}, if weights are inputs;
   * undefined if weights are constants in files.
   * @param whole whether every tensor of the checkpoint is one value, as its gradient needs: parts
   * of fused matrices are then cut in the graph.
   */
  constructor(
    graph: Graph,
    architecture: Architecture,
    checkpoint: Checkpoint,
    fed: ElementType | undefined,
    whole = checkpoint.live !== undefined,
  ) {
    this.#graph = graph;
    this.#checkpoint = withParts(checkpoint, architecture);
    this.#parts = architecture.parts;
    this.#fed = fed;
    this.#whole = whole;
    this.#transposed = architecture.linearLayout === "in-out";

    this.#folder = weightsFolder(checkpoint);
  }

  /** The tensors that were asked for so far, by name. */
  get used(): ReadonlyMap<string, Value> {
    return new Map([...this.#values].filter(([name]) => !this.#parts.has(name)));
  }

  /** Returns the shape of a tensor of the checkpoint. */
  shape(name: string): readonly number[] {
    return this.#checkpoint.tensors.get(name)!.shape;
  }

  /**
   * The tensors whose gradients are returned as those of all weights: the matrices of an adapter,
   * if there is one.
   */
  get trained(): ReadonlyMap<string, Value> {
    return this.#checkpoint.adapter ? this.#matrices : this.used;
  }

  /**
   * Returns the f32 value of a tensor of the checkpoint, with the product of an adapter in memory.
   */
  get(name: string): Value {
    const product = this.product(name);
    if (!product) return this.base(name);
    const merged = this.#transposed
      ? this.#graph.node("MatMul", [this.#turned(product.a), this.#turned(product.b)])
      : this.#graph.node("MatMul", [product.b, product.a]);
    const scaled = this.#graph.node("Mul", [merged, this.#graph.scalar(product.scaling)]);
    return this.#graph.node("Add", [this.base(name), scaled]);
  }

  /**
   * Returns the matrices that an adapter in memory adds to a weight, [rank, in] and [out, rank];
   * undefined if it adds none.
   */
  product(name: string): { a: Value; b: Value; scaling: number } | undefined {
    const product = this.#checkpoint.adapter?.products.get(name);
    if (!product) return undefined;
    const { a, b, scaling } = product;
    return { a: this.#matrix(a), b: this.#matrix(b), scaling };
  }

  /**
   * Returns the f32 value of a tensor of the checkpoint, without the product of an adapter in
   * memory.
   */
  base(name: string): Value {
    const stored = this.stored(name);
    return stored.type === "float32"
      ? stored
      : this.#graph.node("Cast", [stored], { to: DATA_TYPE.float32 }, { type: "float32" });
  }

  /**
   * Returns the value of a tensor as it is stored: a matrix may be in half precision if weights are
   * fed.
   */
  stored(name: string): Value {
    const value = this.#values.get(name) ?? this.#write(name);
    this.#values.set(name, value);
    return value;
  }

  /** Returns the rows of a matrix that a list of indices selects, as f32. */
  rows(name: string, indices: Value): Value {
    const rows = this.#graph.node("Gather", [this.stored(name), indices], { axis: 0 });
    return rows.type === "float32"
      ? rows
      : this.#graph.node("Cast", [rows], { to: DATA_TYPE.float32 }, { type: "float32" });
  }

  /** Returns a matrix of the adapter in memory, which every run is fed. */
  #matrix(name: string): Value {
    const shape = this.#checkpoint.adapter!.shapes.get(name)!;
    const value = this.#matrices.get(name) ?? this.#graph.input(name, "float32", shape);
    this.#matrices.set(name, value);
    return value;
  }

  #turned(matrix: Value): Value {
    return this.#graph.node("Transpose", [matrix], { perm: [1, 0] });
  }

  #write(name: string): Value {
    const part = this.#parts.get(name);
    if (part && (this.#whole || !isMapped(part))) {
      const whole = part.plus === undefined ? this.stored(part.of) : this.get(part.of);
      return writePart(this.#graph, part, whole);
    }
    const { dtype, shape, file, offset, byteLength } = this.#checkpoint.tensors.get(name)!;
    if (this.#fed) {
      return this.#graph.input(name, isMatrix(shape) ? this.#fed : "float32", shape);
    }
    const type = ELEMENT_TYPES[dtype];
    // ONNX Runtime refuses absolute locations, "..", and links that leave the session's folder.
    const location = this.#checkpoint.bytes ? file : relative(this.#folder, file);
    const stored = this.#graph.external({
      value: { name, type },
      shape,
      location,
      offset,
      byteLength,
    });
    // ONNX Runtime folds this cast when it creates the session, into an f32 copy of the tensor.
    return type === "float32"
      ? stored
      : this.#graph.node("Cast", [stored], { to: DATA_TYPE.float32 }, { type: "float32" });
  }
}

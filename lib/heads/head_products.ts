import type { GraphTensor } from "../onnx/feeds.ts";
import { Tensor } from "../base/tensor.ts";
import { Graph } from "../onnx/graph.ts";
import type { Model } from "../model/model.ts";
import { compile } from "../model/engine/program.ts";
import type { Session } from "../model/engine/runtime.ts";

/**
 * Matrices of rank d_head, Aᵀ·B for each head, as far as the norms of their products go: the one factor that meets another
 * matrix [head, d_head, d_model], and all that the other matters by, its products with itself [head, d_head, d_head].
 */
export interface LowRank {
  readonly factor: Tensor;
  readonly gram: Tensor;
}

/**
 * Frobenius norms of products of low-rank matrices, without ever making a d_model × d_model matrix. With M = B₂·A₁ᵀ, which is
 * d_head × d_head, ‖A₂ᵀB₂·A₁ᵀB₁‖² is the sum of (A₂A₂ᵀ·M·B₁B₁ᵀ) ∘ M.
 */
export class HeadProducts {
  readonly #grams: Session;
  readonly #pairs: Session;

  private constructor(grams: Session, pairs: Session) {
    this.#grams = grams;
    this.#pairs = pairs;
  }

  /** Prepares the products on the model's device. */
  static async open({ device, checkpoint: { folder } }: Model): Promise<HeadProducts> {
    const compiled = [gramGraph(), pairGraph()].map((graph) =>
      compile(graph, { device, folder, prepack: false })
    );
    const [grams, pairs] = (await Promise.all(compiled)).map(({ stages: [{ session }] }) =>
      session
    );
    return new HeadProducts(grams, pairs);
  }

  /** The products of each matrix's rows with each other: [head, row, d_model] gives [head, row, row]. */
  async gram(matrices: Tensor): Promise<Tensor> {
    const [head, rows] = matrices.shape;
    const { gram } = await this.#grams.run({ x: fed(matrices) });
    return new Tensor(gram.data as Float32Array, { head, row: rows, column: rows });
  }

  /** The squared norms of all products reader · writer: [reader, writer]. */
  async squaredNorms(readers: LowRank, writers: LowRank): Promise<Tensor> {
    const { squares } = await this.#pairs.run({
      reads: fed(readers.factor),
      readGram: fed(readers.gram),
      writes: fed(writers.factor),
      writeGram: fed(writers.gram),
    });
    return new Tensor(squares.data as Float32Array, {
      reader: squares.dims[0],
      writer: squares.dims[1],
    });
  }

  /** Releases what was prepared. */
  async close(): Promise<void> {
    await Promise.all([this.#grams.release(), this.#pairs.release()]);
  }
}

/** The squared norm of each matrix Aᵀ·B from the products of A and of B with themselves. */
export function squaredNorms(a: Tensor, b: Tensor): Float64Array {
  const heads = a.shape[0];
  const size = a.data.length / heads;
  const norms = new Float64Array(heads);
  for (let i = 0; i < a.data.length; i++) norms[Math.floor(i / size)] += a.data[i] * b.data[i];
  return norms;
}

function fed({ data, shape }: Tensor): GraphTensor {
  return { data, dims: shape };
}

function gramGraph(): Graph {
  const graph = new Graph("grams");
  const x = graph.input("x", "float32", ["head", "row", "d_model"]);
  const transposed = graph.node("Transpose", [x], { perm: [0, 2, 1] });
  graph.output("gram", graph.node("MatMul", [x, transposed]));
  return graph;
}

function pairGraph(): Graph {
  const graph = new Graph("products of heads");
  const reads = graph.input("reads", "float32", ["reader", "read_row", "d_model"]);
  const readGram = graph.input("readGram", "float32", ["reader", "read_row", "read_row"]);
  const writes = graph.input("writes", "float32", ["writer", "write_row", "d_model"]);
  const writeGram = graph.input("writeGram", "float32", ["writer", "write_row", "write_row"]);
  const size = graph.node("Shape", [reads], { start: 2 }, { type: "int64" });
  const flatShape = graph.node("Concat", [graph.integers(-1), size], { axis: 0 }, {
    type: "int64",
  });
  const flat = (value: typeof reads) => graph.node("Reshape", [value, flatShape]);
  const sides = [reads, writes].map((side) =>
    graph.node("Shape", [side], { end: 2 }, { type: "int64" })
  );
  const apart = graph.node("Concat", sides, { axis: 0 }, { type: "int64" });
  const products = graph.node("Reshape", [
    graph.node("Gemm", [flat(reads), flat(writes)], { transB: 1 }),
    apart,
  ]);
  // [reader, writer, read_row, write_row]
  const middle = graph.node("Transpose", [products], { perm: [0, 2, 1, 3] });
  const left = graph.node("MatMul", [
    graph.node("Unsqueeze", [readGram, graph.integers(1)]),
    middle,
  ]);
  const whole = graph.node("MatMul", [left, writeGram]);
  const squares = graph.node("ReduceSum", [
    graph.node("Mul", [whole, middle]),
    graph.integers(2, 3),
  ], { keepdims: 0 });
  graph.output("squares", squares);
  return graph;
}

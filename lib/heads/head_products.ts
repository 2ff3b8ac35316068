import type { GraphTensor } from "../onnx/feeds.ts";
import { Tensor } from "../base/tensor.ts";
import { Graph } from "../onnx/graph.ts";
import type { Model } from "../model/model.ts";
import { compile } from "../model/engine/program.ts";
import type { Session } from "../model/engine/session.ts";

/**
 * One matrix Aᵀ·B of rank d_head for each head, reduced to what the norms of products need: the
 * factor that meets the other matrix, and the Gram matrix of the factor that does not.
 */
export interface LowRank {
  /** The factor that meets the other matrix, [head, d_head, d_model]. */
  readonly factor: Tensor;
  /** The other factor times its own transpose, [head, d_head, d_head]. */
  readonly gram: Tensor;
}

/**
 * Computes Frobenius norms of products of low-rank matrices. With M = B₂·A₁ᵀ, which is d_head ×
 * d_head, ‖A₂ᵀB₂·A₁ᵀB₁‖² is the sum of the elements of (A₂A₂ᵀ·M·B₁B₁ᵀ) ∘ M, so that no d_model ×
 * d_model matrix is ever made.
 */
export class HeadProducts {
  readonly #grams: Session;
  readonly #norms: Session;

  private constructor(grams: Session, norms: Session) {
    this.#grams = grams;
    this.#norms = norms;
  }

  /** Compiles the two graphs on the model's device. */
  static async open({ device, checkpoint: { folder } }: Model): Promise<HeadProducts> {
    const compiled = [gramGraph(), normGraph()].map((graph) =>
      compile(graph, { device, folder, prepack: false })
    );
    const [grams, norms] = (await Promise.all(compiled)).map(({ stages: [{ session }] }) =>
      session
    );
    return new HeadProducts(grams, norms);
  }

  /** Returns the Gram matrices [head, row, column] of the rows of matrices [head, row, d_model]. */
  async gram(matrices: Tensor): Promise<Tensor> {
    const [head, rows] = matrices.shape;
    const { gram } = await this.#grams.run({ x: fed(matrices) });
    return new Tensor(gram.data as Float32Array, { head, row: rows, column: rows });
  }

  /** Returns the squared norms [reader, writer] of all products of a reader and a writer. */
  async squaredNorms(readers: LowRank, writers: LowRank): Promise<Tensor> {
    const { squares } = await this.#norms.run({
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

  /** Releases both sessions. */
  async close(): Promise<void> {
    await Promise.all([this.#grams.release(), this.#norms.release()]);
  }
}

/** Returns the squared norm of each matrix Aᵀ·B, from the Gram matrices of A and of B. */
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

/** Writes the graph of {@link HeadProducts.gram}. */
function gramGraph(): Graph {
  const graph = new Graph("grams");
  const x = graph.input("x", "float32", ["head", "row", "d_model"]);
  const transposed = graph.node("Transpose", [x], { perm: [0, 2, 1] });
  graph.output("gram", graph.node("MatMul", [x, transposed]));
  return graph;
}

/** Writes the graph of {@link HeadProducts.squaredNorms}. */
function normGraph(): Graph {
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
  const productShape = graph.node("Concat", sides, { axis: 0 }, { type: "int64" });
  // One large product of all readers with all writers is faster than many small ones.
  const products = graph.node("Reshape", [
    graph.node("Gemm", [flat(reads), flat(writes)], { transB: 1 }),
    productShape,
  ]);
  // M, [reader, writer, read_row, write_row].
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

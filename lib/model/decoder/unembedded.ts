import type { Value } from "../../onnx/graph.ts";
import { int8Product, matrixSize } from "./int8.ts";
import type { DecoderWriter } from "./writer.ts";

/** The parts with which the unembedding is written. */
export type UnembeddingWriter = Pick<
  DecoderWriter,
  "graph" | "architecture" | "weights" | "precision"
>;

/** Returns the products of vectors [row, d_model] with every token's unembedding, [row, vocab]. */
export function unembedded(
  { graph, architecture, weights, precision }: UnembeddingWriter,
  vectors: Value,
): Value {
  const { unembed } = architecture.weights;
  return precision.int8
    ? int8Product(graph, vectors, unembed, matrixSize(weights.shape(unembed), "out-in"))
    // Every family stores the unembedding as [vocab, d_model], even GPT-2, whose other matrices are
    // [in, out].
    : graph.node("Gemm", [vectors, weights.get(unembed)], { transB: 1 });
}

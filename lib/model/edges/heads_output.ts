import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights } from "../plan/architecture.ts";
import { headsFirst, outOfHeads } from "../decoder/head_matrices.ts";
import { type DecoderWriter, linear } from "../decoder/writer.ts";

/**
 * Returns what each head adds to the residual stream, [batch, head, position, d_model], without the
 * bias of W_O.
 *
 * A norm after attention (Gemma 2, OLMo 2) divides the sum of all heads by one scale for each
 * position. With `z` divided by the scale, what remains of the norm is its gain, and the outputs of
 * the heads add up to the output of the layer.
 *
 * @param z the heads' outputs before W_O, [batch, position, head, d_head], divided by the scale of
 * the norm after attention, if there is one.
 */
export function outputOfHeads(
  writer: DecoderWriter,
  z: Value,
  { o, ln1Post }: LayerWeights,
): Value {
  const { graph, weights } = writer;
  const written = outOfHeads(writer, headsFirst(writer, z), o);
  return ln1Post ? graph.node("Mul", [written, weights.get(ln1Post.weight)]) : written;
}

/**
 * Returns `z` [batch × position, head × d_head] divided by the scale of the norm after attention,
 * if there is one.
 */
export function overScale(writer: DecoderWriter, z: Value, { o, ln1Post }: LayerWeights): Value {
  const { graph, architecture: { norm } } = writer;
  if (!ln1Post || norm.kind === "none") return z;
  const sum = linear(writer, z, o);
  const squares = graph.node("ReduceMean", [
    graph.node("Mul", [sum, sum]),
    graph.integers(-1),
  ], { keepdims: 1 });
  const scale = graph.node("Sqrt", [graph.node("Add", [squares, graph.scalar(norm.eps)])]);
  return graph.node("Div", [z, scale]);
}

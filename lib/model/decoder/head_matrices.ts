import type { Value } from "../../onnx/graph.ts";
import type { LinearWeights } from "../plan/architecture.ts";
import type { DecoderWriter } from "./writer.ts";

/** A range of neighbouring heads among the outputs of a linear map. */
export interface HeadRange {
  /** The index of the first head. */
  readonly first: number;
  /** The number of heads. */
  readonly count: number;
}

/**
 * Returns each head's input times the head's own part of a linear map, plus the bias: [batch, head,
 * position, d_head].
 *
 * @param input the input of each head, [batch, head, position, d_model].
 * @param range which heads of the linear map. GPT-2's queries, keys and values share one map.
 */
export function intoHeads(
  writer: DecoderWriter,
  input: Value,
  { weight, bias }: LinearWeights,
  { first, count }: HeadRange,
): Value {
  const { graph, architecture: { headSize, dModel, linearLayout }, weights } = writer;
  // The axis of the outputs: Hugging Face stores [out, in], except for GPT-2's Conv1D, which stores
  // [in, out].
  const outputs = linearLayout === "out-in" ? 0 : 1;
  const part = (value: Value, axis: number) =>
    graph.node("Slice", [
      value,
      graph.integers(first * headSize),
      graph.integers((first + count) * headSize),
      graph.integers(axis),
    ]);
  const own = part(weights.get(weight), outputs);
  const [sizes, perm] = outputs === 0
    ? [[count, headSize, dModel], [0, 2, 1]]
    : [[dModel, count, headSize], [1, 0, 2]];
  const matrices = graph.node(
    "Transpose",
    [graph.node("Reshape", [own, graph.integers(...sizes)])],
    { perm },
  );
  const product = graph.node("MatMul", [input, matrices]);
  if (!bias) return product;
  const perHead = graph.node("Reshape", [
    part(weights.get(bias), 0),
    graph.integers(count, 1, headSize),
  ]);
  return graph.node("Add", [product, perHead]);
}

/**
 * Returns each head's `z` [batch, head, position, d_head] times the head's part of W_O, without the
 * bias: [batch, head, position, d_model].
 */
export function outOfHeads(writer: DecoderWriter, z: Value, { weight }: LinearWeights): Value {
  const { graph, architecture: { heads, headSize, dModel, linearLayout }, weights, precision } =
    writer;
  const stored = precision.half ? weights.stored(weight) : weights.get(weight);
  const matrix = linearLayout === "out-in"
    ? graph.node("Transpose", [stored], { perm: [1, 0] })
    : stored;
  const ofHeads = graph.node("Reshape", [matrix, graph.integers(heads, headSize, dModel)]);
  return precision.result(graph.node("MatMul", [precision.operand(z), ofHeads]));
}

/** Transposes [batch, position, head, …] to [batch, head, position, …], or back. */
export function headsFirst({ graph }: DecoderWriter, value: Value): Value {
  return graph.node("Transpose", [value], { perm: [0, 2, 1, 3] });
}

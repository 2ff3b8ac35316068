import { cacheName } from "../plan/graph_names.ts";
import type { Value } from "../../onnx/graph.ts";
import type { AttentionInputs, QueriesKeysValues, QueryPositions } from "./attention_inputs.ts";
import { capped } from "./cap.ts";
import { rotated } from "./rotary_embedding.ts";
import type { DecoderWriter } from "./writer.ts";
import { pointAt } from "../plan/hook_points.ts";

/** Writes attention operator by operator, so that scores and pattern can be tapped and edited. */
export function explicitAttention(
  writer: DecoderWriter,
  layer: number,
  [q, k, v]: QueriesKeysValues,
  inputs: AttentionInputs,
  positions: QueryPositions,
): Value {
  const { graph, architecture, hooks, layout } = writer;
  const { heads, kvHeads, headSize } = architecture;
  const [rotQ, rotK] = rotated(writer, layer, q, k, inputs, positions);
  const byHead = (value: Value, count: number, { layout }: Pick<QueryPositions, "layout">) =>
    graph.node("Transpose", [layout.withBatch(value, count, headSize)], { perm: [0, 2, 1, 3] });
  // Keys are kept after the rotary embedding: the angle of a key depends on its own position alone,
  // so that later passes can read the key as it is.
  const [keys, values] = [rotK, v].map((value, kind) => {
    const now = byHead(value, kvHeads, writer);
    const past = inputs.past?.[layer][kind];
    return past ? graph.node("Concat", [past, now], { axis: 2 }) : now;
  });
  if (inputs.returnsPresent) {
    graph.output(cacheName("present", layer, "keys"), keys);
    graph.output(cacheName("present", layer, "values"), values);
  }
  const settled = inputs.settled?.layers[layer];
  // Each key/value head serves a group of neighbouring heads: the queries of a group are stacked
  // along the position axis, so that keys and values are not repeated.
  const queries = byHead(rotQ, heads, positions);
  // In a shape of ONNX, 0 keeps the axis of the input: here the batch, whose size the graph does
  // not know.
  const stacked = graph.node("Reshape", [queries, graph.integers(0, kvHeads, -1, headSize)]);
  // The settled and the recent keys are not joined, since that would copy them at each pass.
  const parts = [...settled ? [settled[0]] : [], keys].map((part) =>
    scaledProducts(writer, stacked, part)
  );
  const products = parts.length > 1 ? graph.node("Concat", parts, { axis: 3 }) : parts[0];
  // The cap comes before the mask: tanh would turn the −Infinity of a masked score into −cap, and
  // unmask it.
  const perHead = graph.node("Reshape", [
    capped(writer, products, architecture.scoreCap),
    graph.integers(0, heads, -1, 0),
  ]);
  const scores = masked(writer, layer, perHead, positions.bias!);
  const pattern = hooks.at(pointAt.pattern(layer), graph.node("Softmax", [scores], { axis: -1 }));
  const grouped = graph.node("Reshape", [pattern, graph.integers(0, kvHeads, -1, 0)]);
  const sums = settled
    ? graph.node("Add", [
      weightedSum(writer, firstWeights(writer, grouped, inputs.settled!.count), settled[1]),
      weightedSum(writer, lastWeights(writer, grouped, inputs.settled!.count), values),
    ])
    : weightedSum(writer, grouped, values);
  const mixed = graph.node("Reshape", [sums, graph.integers(0, heads, -1, headSize)]);
  return layout.rows(graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), heads * headSize);
}

/**
 * Returns the scaled products of queries [batch, kv_head, group × query, d_head] with keys [batch,
 * kv_head, key, d_head]: [batch, kv_head, group × query, key].
 */
function scaledProducts(
  { graph, precision, architecture: { scoreScale, headSize } }: DecoderWriter,
  queries: Value,
  keys: Value,
): Value {
  // Gemma divides the scores by the root of a number other than d_head.
  const factor = graph.scalar(scoreScale ?? headSize ** -0.5);
  // In half precision the queries are scaled rather than the scores, which might exceed the largest
  // number.
  const asked = precision.half ? graph.node("Mul", [queries, factor]) : queries;
  const products = precision.result(graph.node("MatMul", [
    precision.operand(asked),
    precision.operand(graph.node("Transpose", [keys], { perm: [0, 1, 3, 2] })),
  ]));
  return precision.half ? products : graph.node("Mul", [products, factor]);
}

/** Returns the sums of values, weighted by a pattern [batch, kv_head, group × query, key]. */
function weightedSum({ graph, precision }: DecoderWriter, pattern: Value, values: Value): Value {
  return precision.result(
    graph.node("MatMul", [precision.operand(pattern), precision.operand(values)]),
  );
}

/** Returns a pattern's weights of the first `count` keys. */
function firstWeights({ graph }: DecoderWriter, pattern: Value, count: Value): Value {
  return graph.node("Slice", [pattern, graph.integers(0), count, graph.integers(3)]);
}

/** Returns a pattern's weights of the keys after the first `count`. */
function lastWeights({ graph }: DecoderWriter, pattern: Value, count: Value): Value {
  const end = graph.integers(Number.MAX_SAFE_INTEGER);
  return graph.node("Slice", [pattern, count, end, graph.integers(3)]);
}

/**
 * Returns the edited scores [batch, head, query, key] with the mask added.
 *
 * Edits act before the mask: a masked score is -Infinity, so scaling it by 0 would give NaN, and a
 * shift could not keep it masked. Taps return the scores after the mask.
 */
function masked({ graph, hooks }: DecoderWriter, layer: number, scores: Value, bias: Value): Value {
  const name = pointAt.scores(layer);
  const edited = hooks.edit(name, scores);
  const result = graph.node("Add", [edited, bias]);
  hooks.tap(name, result);
  return result;
}

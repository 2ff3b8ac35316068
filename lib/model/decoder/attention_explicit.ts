import { cacheName } from "../plan/graph_names.ts";
import type { Value } from "../../onnx/graph.ts";
import type { AttentionInputs, QueriesKeysValues, QueryPositions } from "./attention_inputs.ts";
import { capped } from "./cap.ts";
import { rotated } from "./rotary_embedding.ts";
import type { DecoderWriter } from "./writer.ts";

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
  const path = `blocks.${layer}.attn`;
  const [rotQ, rotK] = rotated(writer, layer, q, k, inputs, positions);
  const byHead = (value: Value, count: number, { layout }: Pick<QueryPositions, "layout">) =>
    graph.node("Transpose", [layout.withBatch(value, count, headSize)], { perm: [0, 2, 1, 3] });
  // Keys are kept after the rotary embedding: the angle of a key depends on its own position alone, so that later passes
  // can read the key as it is.
  const fresh = [byHead(rotK, kvHeads, writer), byHead(v, kvHeads, writer)] as const;
  const [keys, values] = fresh.map((now, kind) =>
    withPast(writer, inputs, layer, kind as 0 | 1, now)
  );
  if (inputs.buffers) {
    graph.output(cacheName("fresh", layer, "keys"), fresh[0]);
    graph.output(cacheName("fresh", layer, "values"), fresh[1]);
  }
  if (inputs.returnsAll) {
    graph.output(cacheName("present", layer, "keys"), keys);
    graph.output(cacheName("present", layer, "values"), values);
  }
  // Each key/value head serves a group of neighbouring heads: the queries of a group are stacked along the
  // position axis, so that keys and values are not repeated.
  const queries = byHead(rotQ, heads, positions);
  // In a shape of ONNX, 0 keeps the axis of the input: here the batch, whose size the graph does not know.
  const stacked = graph.node("Reshape", [queries, graph.integers(0, kvHeads, -1, headSize)]);
  const { precision } = writer;
  // Gemma divides the scores by the root of a number other than d_head.
  const factor = graph.scalar(architecture.scoreScale ?? headSize ** -0.5);
  // In half precision the queries are scaled rather than the scores, which might exceed the largest number.
  const asked = precision.half ? graph.node("Mul", [stacked, factor]) : stacked;
  const raw = precision.result(graph.node("MatMul", [
    precision.operand(asked),
    precision.operand(graph.node("Transpose", [keys], { perm: [0, 1, 3, 2] })),
  ]));
  const products = precision.half ? raw : graph.node("Mul", [raw, factor]);
  // The cap comes before the mask: tanh would turn the −Infinity of a masked score into −cap, and unmask it.
  const scaled = capped(writer, products, architecture.scoreCap);
  const scores = masked(writer, path, perQueryHead(writer, scaled, queries, keys), positions.bias!);
  const pattern = hooks.at(`${path}.hook_pattern`, graph.node("Softmax", [scores], { axis: -1 }));
  const grouped = graph.node("Reshape", [pattern, shapeOf(writer, stacked, keys)]);
  const product = graph.node("MatMul", [precision.operand(grouped), precision.operand(values)]);
  const mixed = graph.node("Reshape", [
    precision.result(product),
    graph.integers(0, heads, -1, headSize),
  ]);
  return layout.rows(graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), heads * headSize);
}

/** Returns the keys (kind 0) or values (1) of all positions: the cached ones, then those of this pass. */
function withPast(
  { graph }: DecoderWriter,
  { past, buffers }: AttentionInputs,
  layer: number,
  kind: 0 | 1,
  now: Value,
): Value {
  // The buffers of a generation are longer than what is cached: only the filled part counts.
  const filled = (buffer: Value) =>
    graph.node("Slice", [buffer, graph.integers(0), buffers!.start, graph.integers(2)]);
  const earlier = buffers ? filled(buffers.past[layer][kind]) : past?.[layer][kind];
  return earlier ? graph.node("Concat", [earlier, now], { axis: 2 }) : now;
}

/**
 * Returns the edited scores [batch, head, query, key] with the mask added.
 *
 * Edits act before the mask: a masked score is -Infinity, so scaling it by 0 would give NaN, and a shift
 * could not keep it masked. Taps return the scores after the mask.
 */
function masked({ graph, hooks }: DecoderWriter, path: string, scores: Value, bias: Value): Value {
  const name = `${path}.hook_attn_scores`;
  const edited = hooks.edit(name, scores);
  const result = graph.node("Add", [edited, bias]);
  hooks.tap(name, result);
  return result;
}

/** Reshapes scores [batch, kv_head, group × query, key] to [batch, head, query, key]. */
function perQueryHead({ graph }: DecoderWriter, scores: Value, queries: Value, keys: Value): Value {
  const start = graph.node("Shape", [queries], { end: 3 }, { type: "int64" });
  const end = graph.node("Shape", [keys], { start: 2, end: 3 }, { type: "int64" });
  return graph.node("Reshape", [
    scores,
    graph.node("Concat", [start, end], { axis: 0 }, { type: "int64" }),
  ]);
}

/** Returns the shape [batch, kv_head, group × query, key]. */
function shapeOf({ graph }: DecoderWriter, stacked: Value, keys: Value): Value {
  const start = graph.node("Shape", [stacked], { end: 3 }, { type: "int64" });
  const end = graph.node("Shape", [keys], { start: 2, end: 3 }, { type: "int64" });
  return graph.node("Concat", [start, end], { axis: 0 }, { type: "int64" });
}

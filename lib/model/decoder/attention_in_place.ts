import { cacheName } from "../plan/graph_names.ts";
import type { Value } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import type { Plan } from "../plan/plan.ts";
import type { AttentionInputs, QueriesKeysValues } from "./attention_inputs.ts";
import { scaleAttribute } from "./attention_fused.ts";
import type { DecoderWriter } from "./writer.ts";
import { pointAt } from "../plan/hook_points.ts";

/** The hook points inside the operator that computes attention in place. */
const INSIDE = [pointAt.rotQ, pointAt.rotK, pointAt.scores, pointAt.pattern];

/**
 * Whether a step of a generation may compute attention in place: no tap and no edit is inside it,
 * and the operator rotates, scores and masks as the architecture does.
 */
export function canAttendInPlace(
  { taps, edits, padded }: Plan,
  { layers, headSize, rope, scoreCap, window }: Architecture,
): boolean {
  const hooked = new Set([...edits.keys(), ...taps.map(({ point }) => point.name)]);
  const isHooked = Array.from({ length: layers }, (_, layer) => layer)
    .some((layer) => INSIDE.some((nameIn) => hooked.has(nameIn(layer))));
  return !isHooked && !padded && !scoreCap && !window && headSize % 16 === 0 &&
    rope?.dims === undefined;
}

/**
 * Writes the attention of one token of one row as one operator. The operator rotates the query and
 * the key, writes key and value after the earlier ones, into the memory that holds them, and sums
 * the values. A step of SmolLM2-135M has 500 operators in place of 1,250.
 */
export function attentionInPlace(
  { graph, architecture, layout, positionIds }: DecoderWriter,
  layer: number,
  [q, k, v]: QueriesKeysValues,
  { past, written, cos, sin }: AttentionInputs,
): Value {
  const { heads, kvHeads, headSize, scoreScale, rope } = architecture;
  const operands = [
    layout.withBatch(q, heads * headSize),
    layout.withBatch(k, kvHeads * headSize),
    layout.withBatch(v, kvHeads * headSize),
    ...past![layer],
    written!.lastKey,
    written!.keyCount,
    ...rope ? [cos, sin, positionIds] : [],
  ];
  const [z, keys, values] = graph.nodeWithOutputs(
    "GroupQueryAttention",
    operands,
    ["float32", "float32", "float32"],
    {
      num_heads: heads,
      kv_num_heads: kvHeads,
      do_rotary: rope ? 1 : 0,
      ...scaleAttribute(scoreScale),
    },
    "com.microsoft",
  );
  graph.output(cacheName("present", layer, "keys"), keys);
  graph.output(cacheName("present", layer, "values"), values);
  return layout.rows(z, heads * headSize);
}

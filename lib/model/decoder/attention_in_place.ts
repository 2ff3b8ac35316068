import { cacheName } from "../plan/graph_names.ts";
import type { Value } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { hookedPoints, type Plan } from "../plan/plan.ts";
import type { AttentionInputs, QueriesKeysValues } from "./attention_inputs.ts";
import { scaleAttribute } from "./attention_fused.ts";
import type { DecoderWriter } from "./writer.ts";

/** The ends of the names of hook points that lie inside the operator. */
const INSIDE = [".hook_rot_q", ".hook_rot_k", ".hook_attn_scores", ".hook_pattern"];

/**
 * Whether a step of a generation may compute attention in place: the batch has no padding, no tap
 * and no edit is inside the operator, and the operator rotates, scores and masks as the
 * architecture does. The operator of ONNX Runtime 1.30 rotates heads whose size is a multiple of
 * 16.
 */
export function canAttendInPlace(
  plan: Plan,
  { headSize, rope, scoreCap, window }: Architecture,
): boolean {
  // Padding would need a mask, with which the operator is slower than single operators.
  if (plan.padded || scoreCap || window || rope?.dims !== undefined) return false;
  const isInside = (name: string) => INSIDE.some((end) => name.endsWith(end));
  return headSize % 16 === 0 && !hookedPoints(plan).some(isInside);
}

/**
 * Writes the attention of one token of one row as one operator and returns `hook_z` [batch ×
 * position, head × d_head]. The operator rotates the query and the key, writes key and value after
 * the earlier ones, into the memory that holds them, and sums the values; keys and values are
 * outputs of the graph. A step of SmolLM2-135M has 500 operators instead of 1,250.
 */
export function attentionInPlace(
  { graph, architecture, layout, positionIds }: DecoderWriter,
  layer: number,
  [q, k, v]: QueriesKeysValues,
  { past, counts, cos, sin }: AttentionInputs,
): Value {
  const { heads, kvHeads, headSize, scoreScale, rope } = architecture;
  const operands = [
    layout.withBatch(q, heads * headSize),
    layout.withBatch(k, kvHeads * headSize),
    layout.withBatch(v, kvHeads * headSize),
    ...past![layer],
    counts!.lastKey,
    counts!.keyCount,
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

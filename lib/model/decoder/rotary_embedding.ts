import type { Value } from "../../onnx/graph.ts";
import type { Rope } from "../plan/architecture.ts";
import type { AttentionInputs, QueryPositions } from "./attention_inputs.ts";
import type { DecoderWriter } from "./writer.ts";

/**
 * Cosines and sines of the rotary position embedding's angles, each [position, d_head / 2].
 *
 * Su et al., RoFormer (arXiv 2104.09864); the frequency scaling is Llama 3's.
 */
export function ropeTables(
  rope: Rope,
  headSize: number,
  positions: number,
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = Array.from(
    { length: headSize / 2 },
    (_, i) => scaled(rope, rope.theta ** (-2 * i / headSize)),
  );
  const angles = Array.from(
    { length: positions },
    (_, t) => frequencies.map((frequency) => t * frequency),
  ).flat();
  return { cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) };
}

/** Queries and keys with their positions rotated in, where the model does that. */
export function rotated(
  writer: DecoderWriter,
  layer: number,
  q: Value,
  k: Value,
  { cos, sin }: AttentionInputs,
  queries: QueryPositions,
): [queries: Value, keys: Value] {
  const { graph, architecture: { rope, heads, kvHeads, headSize }, hooks } = writer;
  if (!rope) return [q, k];
  const path = `blocks.${layer}.attn`;
  const rotate = (
    value: Value,
    count: number,
    { layout, positionIds }: Pick<QueryPositions, "layout" | "positionIds">,
  ) => {
    const inputs = [layout.withBatch(value, count * headSize), positionIds, cos, sin];
    const attributes = { num_heads: count, interleaved: 0 };
    const turned = graph.node("RotaryEmbedding", inputs, attributes, { domain: "com.microsoft" });
    return layout.rows(turned, count * headSize);
  };
  return [
    hooks.at(`${path}.hook_rot_q`, rotate(q, heads, queries)),
    hooks.at(`${path}.hook_rot_k`, rotate(k, kvHeads, writer)),
  ];
}

/** Llama 3: low frequencies are divided by the factor, high ones kept, those between are blended. */
function scaled({ scaling }: Rope, frequency: number): number {
  if (!scaling) return frequency;
  const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const turns = originalContext * frequency / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor)));
  return frequency * (kept + (1 - kept) / factor);
}

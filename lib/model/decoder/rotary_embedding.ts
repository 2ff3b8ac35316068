import type { Value } from "../../onnx/graph.ts";
import type { Rope } from "../plan/architecture.ts";
import type { AttentionInputs, QueryPositions } from "./attention_inputs.ts";
import type { DecoderWriter } from "./writer.ts";
import { pointAt } from "../plan/hook_points.ts";

/**
 * Returns the cosines and sines of the rotary position embedding's angles, each [position, rotated
 * dimensions / 2].
 *
 * Source: Su et al., RoFormer (arXiv 2104.09864). A family's scaling of frequencies is in the
 * divisors of `rope`.
 */
export function ropeTables(
  rope: Rope,
  headSize: number,
  positions: number,
): { cos: Float32Array; sin: Float32Array } {
  const { theta, divisors, magnitude = 1 } = rope;
  const dims = rope.dims ?? headSize;
  const frequencies = Array.from(
    { length: dims / 2 },
    (_, i) => theta ** (-2 * i / dims) / (divisors?.[i] ?? 1),
  );
  // The angles are computed in f64: at position 30,000 an angle in f32 is off by up to 0.001.
  const angles = Array.from(
    { length: positions },
    (_, t) => frequencies.map((frequency) => t * frequency),
  ).flat();
  return {
    cos: Float32Array.from(angles, (angle) => magnitude * Math.cos(angle)),
    sin: Float32Array.from(angles, (angle) => magnitude * Math.sin(angle)),
  };
}

/**
 * Returns rotated queries and keys. In models without a rotary embedding, they are returned
 * unchanged.
 */
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
  const rotate = (
    value: Value,
    count: number,
    { layout, positionIds }: Pick<QueryPositions, "layout" | "positionIds">,
  ) => {
    // Position ids pick the rows of the tables, so that a padded row starts at position 0 like
    // every other row.
    const inputs = [layout.withBatch(value, count * headSize), positionIds, cos, sin];
    // Not interleaved: dimension i is rotated with dimension i + d_head / 2, as in Hugging Face
    // checkpoints. Only the first dimensions of a head are rotated in some families.
    const part: Record<string, number> = rope.dims === undefined
      ? {}
      : { rotary_embedding_dim: rope.dims };
    const attributes = { num_heads: count, interleaved: 0, ...part };
    const turned = graph.node("RotaryEmbedding", inputs, attributes, { domain: "com.microsoft" });
    return layout.rows(turned, count * headSize);
  };
  return [
    hooks.at(pointAt.rotQ(layer), rotate(q, heads, queries)),
    hooks.at(pointAt.rotK(layer), rotate(k, kvHeads, writer)),
  ];
}

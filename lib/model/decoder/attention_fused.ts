import { cacheName } from "../plan/graph_names.ts";
import type { Value } from "../../onnx/graph.ts";
import type { AttentionInputs, QueriesKeysValues, QueryPositions } from "./attention_inputs.ts";
import { rotated } from "./rotary_embedding.ts";
import type { DecoderWriter } from "./writer.ts";

/** Writes ONNX's `Attention`: causal mask, softmax and weighted sum in one operator. */
export function fusedAttention(
  writer: DecoderWriter,
  layer: number,
  [q, k, v]: QueriesKeysValues,
  inputs: AttentionInputs,
  queries: QueryPositions,
): Value {
  const { graph, architecture: { heads, kvHeads, headSize, scoreScale }, layout } = writer;
  const [rotQ, rotK] = rotated(writer, layer, q, k, inputs, queries);
  const [past, pastValues] = inputs.past?.[layer] ?? [];
  const operands = [
    queries.layout.withBatch(rotQ, heads * headSize),
    layout.withBatch(rotK, kvHeads * headSize),
    layout.withBatch(v, kvHeads * headSize),
    queries.bias,
    past,
    pastValues,
  ];
  const [z] = graph.nodeWithOutputs(
    "Attention",
    operands,
    // With cached keys and values the operator must also output the keys and values of all positions.
    past ? ["float32", "float32", "float32"] : ["float32"],
    {
      q_num_heads: heads,
      kv_num_heads: kvHeads,
      // The bias is the causal mask, with padding; without padding the operator masks by itself.
      is_causal: queries.bias ? 0 : 1,
      ...scaleAttribute(scoreScale),
    },
  );
  return layout.rows(z, heads * headSize);
}

/**
 * Writes ONNX Runtime's `GroupQueryAttention`, for a text that is being generated: rotary embedding, cache,
 * mask, softmax and weighted sum in one operator.
 *
 * The operator refuses several tokens behind a cache for more than one row. With padded rows and a cache,
 * the operator rotates every row by the same positions and returns wrong logits (seen in 1.30 on the CPU),
 * so padded rows are rotated by an operator of their own.
 */
export function fusedWriting(
  writer: DecoderWriter,
  layer: number,
  [q, k, v]: QueriesKeysValues,
  inputs: AttentionInputs,
  queries: QueryPositions,
): Value {
  const {
    graph,
    architecture: { heads, kvHeads, headSize, rope, scoreScale },
    hooks,
    layout,
    plan,
    positionIds,
  } = writer;
  const path = `blocks.${layer}.attn`;
  const { past, start, end, lastKey, keyCount } = inputs.buffers!;
  // The operator rotates whole heads only.
  const rotateInside = rope !== undefined && rope.dims === undefined && !plan.padded &&
    !hooks.wants(`${path}.hook_rot_q`, `${path}.hook_rot_k`);
  const [rotQ, rotK] = rotateInside ? [q, k] : rotated(writer, layer, q, k, inputs, queries);
  const [z, keys, values] = graph.nodeWithOutputs(
    "GroupQueryAttention",
    [
      layout.withBatch(rotQ, heads * headSize),
      layout.withBatch(rotK, kvHeads * headSize),
      layout.withBatch(v, kvHeads * headSize),
      ...past[layer],
      lastKey,
      keyCount,
      ...(rotateInside ? [inputs.cos, inputs.sin, positionIds] : [undefined, undefined, undefined]),
      inputs.bias,
    ],
    ["float32", "float32", "float32"],
    {
      num_heads: heads,
      kv_num_heads: kvHeads,
      do_rotary: rotateInside ? 1 : 0,
      ...scaleAttribute(scoreScale),
    },
    "com.microsoft",
  );
  // The operator returns the whole buffers. Only the new keys and values leave the graph.
  graph.output(
    cacheName("fresh", layer, "keys"),
    graph.node("Slice", [keys, start, end, graph.integers(2)]),
  );
  graph.output(
    cacheName("fresh", layer, "values"),
    graph.node("Slice", [values, start, end, graph.integers(2)]),
  );
  return layout.rows(z, heads * headSize);
}

/** Returns the attribute of a fused operator that scales the scores; without one the operator takes 1 / √d_head. */
function scaleAttribute(scale: number | undefined): Record<string, { float: number }> {
  return scale === undefined ? {} : { scale: { float: scale } };
}

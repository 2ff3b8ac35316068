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
    // With cached keys and values the operator must also output the keys and values of all
    // positions.
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
 * Returns the attribute of a fused operator that scales the scores; without one the operator takes
 * 1 / √d_head.
 */
export function scaleAttribute(scale: number | undefined): Record<string, { float: number }> {
  return scale === undefined ? {} : { scale: { float: scale } };
}

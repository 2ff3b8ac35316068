import {
  type AttentionInputs,
  inputsOfLayer,
  type QueriesKeysValues,
  type QueryPositions,
} from "./attention_inputs.ts";
import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights } from "../plan/architecture.ts";
import { explicitAttention } from "./attention_explicit.ts";
import { fusedAttention } from "./attention_fused.ts";
import { attentionInPlace } from "./attention_in_place.ts";
import { Layout } from "./layout.ts";
import { fusedNorm } from "./norm.ts";
import { type DecoderWriter, linear } from "./writer.ts";
import { blockAt, pointAt } from "../plan/hook_points.ts";

/**
 * Whether a layer's attention may run as one operator: no tap and no edit is inside it.
 *
 * The heads' size must be a multiple of 16, since ONNX Runtime's fused operators rotate such heads
 * only. In a generation, `Attention` of 1.30 copies all cached keys and values at every pass, which
 * took a third of the time of the embedded models with 256 rows.
 */
export function canFuse(
  { hooks, architecture, fusedAttention, plan }: DecoderWriter,
  layer: number,
): boolean {
  // A cap acts between the scores and the softmax, where the fused operators differ.
  return fusedAttention && !plan.cached && architecture.headSize % 16 === 0 &&
    !architecture.scoreCap &&
    !hooks.wants(pointAt.scores(layer), pointAt.pattern(layer));
}

/**
 * Writes the causal self-attention of a layer and returns `hook_z` [batch × position, head ×
 * d_head].
 *
 * @param input the normalised residual stream, [batch × position, d_model].
 */
export function attention(
  writer: DecoderWriter,
  layer: number,
  input: Value,
  weights: LayerWeights,
  all: AttentionInputs,
): Value {
  const inputs = inputsOfLayer(all, writer.architecture, layer);
  return writer.graph.scope(`${blockAt(layer)}.attn`, () => {
    // Keys and values are needed at all positions; queries only at the positions that are asked
    // for.
    const narrow = writer.hooks.narrowsQueries(pointAt.z(layer));
    const qkv = queriesKeysValues(writer, layer, input, weights, narrow);
    const positions = narrow ? keptPositions(writer, inputs) : { ...writer, bias: inputs.bias };
    const write = operatorsOf(writer, layer, inputs);
    return writer.hooks.at(pointAt.z(layer), write(writer, layer, qkv, inputs, positions));
  });
}

/**
 * Returns the function that writes the operators of a layer's attention. Plans that count their
 * keys are those of steps with a single row of a large model.
 */
function operatorsOf(
  writer: DecoderWriter,
  layer: number,
  { counts }: AttentionInputs,
): typeof explicitAttention {
  if (counts) return attentionInPlace;
  return canFuse(writer, layer) ? fusedAttention : explicitAttention;
}

/** Returns the kept positions, of which each row of the batch has the same number. */
function keptPositions(
  { graph, hooks, layout, positionIds }: DecoderWriter,
  { keptBias }: AttentionInputs,
): QueryPositions {
  const kept = hooks.keptRows(graph.node("Reshape", [positionIds, graph.integers(-1)]));
  const ids = graph.node("Reshape", [kept, layout.batchAnd(-1)]);
  return { layout: new Layout(graph, ids), positionIds: ids, bias: keptBias };
}

/**
 * Writes queries, keys and values [batch × position, head × d_head], before the rotary embedding.
 */
function queriesKeysValues(
  writer: DecoderWriter,
  layer: number,
  input: Value,
  weights: LayerWeights,
  narrow: boolean,
): QueriesKeysValues {
  const { graph, architecture, hooks } = writer;
  const asked = (value: Value) => narrow ? hooks.keptRows(value) : value;
  const { heads, kvHeads, headSize } = architecture;
  // GPT-2 stores queries, keys and values as one matrix: the product is computed once and split.
  const [q, k, v] = weights.qkv
    ? graph.nodeWithOutputs(
      "Split",
      [
        linear(writer, input, weights.qkv),
        graph.integers(heads * headSize, kvHeads * headSize, kvHeads * headSize),
      ],
      ["float32", "float32", "float32"],
      { axis: 1 },
    )
    : [
      linear(writer, asked(input), weights.q!),
      linear(writer, input, weights.k!),
      linear(writer, input, weights.v!),
    ];
  return [
    normOfHeads(
      writer,
      // A combined QKV matrix computes the queries of all positions; here only the asked positions
      // are kept.
      hooks.at(pointAt.q(layer), weights.qkv ? asked(q) : q),
      weights.qNorm,
      heads,
    ),
    normOfHeads(writer, hooks.at(pointAt.k(layer), k), weights.kNorm, kvHeads),
    hooks.at(pointAt.v(layer), v),
  ];
}

/**
 * Returns queries or keys [batch × position, head × d_head] after their norm, if they have one:
 * each head normalised alone (Qwen3), or all heads together (OLMo 2). The norm comes after `hook_q`
 * and `hook_k`.
 */
export function normOfHeads(
  writer: DecoderWriter,
  value: Value,
  gain: string | undefined,
  count: number,
): Value {
  const { layout, architecture: { norm, qkNorm, headSize } } = writer;
  if (!gain || norm.kind === "none") return value;
  if (qkNorm === "width") return fusedNorm(writer, value, { weight: gain }, norm);
  const perHead = layout.rows(value, count, headSize);
  return layout.rows(fusedNorm(writer, perHead, { weight: gain }, norm), count * headSize);
}

import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights, LinearWeights } from "../plan/architecture.ts";
import type { AttentionInputs } from "../decoder/attention_inputs.ts";
import { explicitAttention } from "../decoder/attention_explicit.ts";
import { headsFirst, intoHeads } from "../decoder/head_matrices.ts";
import { mlp } from "../decoder/mlp.ts";
import { fusedNorm, norm } from "../decoder/norm.ts";
import type { DecoderWriter } from "../decoder/writer.ts";
import { EMBED_SENDER, mlpSender } from "./graph_names.ts";

/** The edges between the nodes of a decoder, in place of the residual stream. */
export interface EdgeReader {
  /** Takes the output of the embedding or of an MLP, [batch, 1, position, d_model]. */
  send(sender: string, output: Value): void;
  /** Takes the outputs of a layer's heads before W_O, `z` [batch × position, head × d_head]. */
  sendHeads(layer: number, z: Value, o: LinearWeights): void;
  /** Returns what the receivers of the next junction read, [batch, receiver, position, d_model]. */
  read(): Value;
}

/**
 * Writes a decoder in which each node reads its own sum of what earlier nodes wrote, and returns the logits
 * of the last position, [batch, vocab].
 *
 * @param embedded the embedding's output, [batch, 1, position, d_model].
 */
export function edgeDecoder(
  writer: DecoderWriter,
  embedded: Value,
  inputs: AttentionInputs,
  edges: EdgeReader,
): Value {
  const { graph, architecture: { layers, dModel, dMlp, weights }, layout } = writer;
  edges.send(EMBED_SENDER, embedded);
  for (let layer = 0; layer < layers; layer++) {
    const own = weights.layer(layer);
    edges.sendHeads(layer, heads(writer, layer, edges.read(), own, inputs), own.o);
    if (dMlp) edges.send(mlpSender(layer), mlpNode(writer, layer, edges.read(), own));
  }
  const last = graph.node("Gather", [edges.read(), graph.integers(-1)], { axis: 2 });
  const normalized = norm(writer, "ln_final", layout.rows(last, dModel), weights.finalNorm);
  return graph.node("Gemm", [normalized, writer.weights.get(weights.unembed)], { transB: 1 });
}

/**
 * Returns `z` [batch × position, head × d_head] of a layer's heads.
 *
 * @param input [batch, receiver, position, d_model]: the receivers are the queries of each head, then the
 *   keys of each key/value head, then the values of each key/value head.
 */
function heads(
  writer: DecoderWriter,
  layer: number,
  input: Value,
  weights: LayerWeights,
  inputs: AttentionInputs,
): Value {
  const { graph, architecture, layout } = writer;
  const { heads, kvHeads, headSize } = architecture;
  const normalized = norm(writer, `blocks.${layer}.ln1`, input, weights.ln1);
  return graph.scope(`blocks.${layer}.attn`, () => {
    const parts = graph.nodeWithOutputs(
      "Split",
      [normalized, graph.integers(heads, kvHeads, kvHeads)],
      ["float32", "float32", "float32"],
      { axis: 1 },
    );
    const [q, k, v] = queriesKeysValues(writer, parts, weights).map((value, i) =>
      layout.rows(headsFirst(writer, value), (i ? kvHeads : heads) * headSize)
    );
    return explicitAttention(writer, layer, [q, k, v], inputs, { ...writer, bias: inputs.bias });
  });
}

/** Returns queries, keys and values, each [batch, head, position, d_head], before the rotary embedding. */
function queriesKeysValues(
  writer: DecoderWriter,
  [q, k, v]: readonly Value[],
  weights: LayerWeights,
): Value[] {
  const { heads: count, kvHeads, norm } = writer.architecture;
  // In a shared matrix of queries, keys and values, the heads of all three are behind each other.
  const range = (first: number, count: number) => ({ first: weights.qkv ? first : 0, count });
  const gained = (value: Value, gain: string | undefined) =>
    gain && norm.kind !== "none" ? fusedNorm(writer, value, { weight: gain }, norm) : value;
  return [
    gained(intoHeads(writer, q, weights.qkv ?? weights.q!, range(0, count)), weights.qNorm),
    gained(intoHeads(writer, k, weights.qkv ?? weights.k!, range(count, kvHeads)), weights.kNorm),
    intoHeads(writer, v, weights.qkv ?? weights.v!, range(count + kvHeads, kvHeads)),
  ];
}

/** Returns the output of a layer's MLP, [batch, 1, position, d_model]. */
function mlpNode(writer: DecoderWriter, layer: number, input: Value, weights: LayerWeights): Value {
  const { layout, architecture: { dModel } } = writer;
  const normalized = norm(writer, `blocks.${layer}.ln2`, layout.rows(input, dModel), weights.ln2);
  return bySender(writer, mlp(writer, layer, normalized, weights));
}

/** Reshapes [batch × position, d_model] to [batch, 1, position, d_model]. */
export function bySender(
  { graph, layout, architecture: { dModel } }: DecoderWriter,
  value: Value,
): Value {
  return graph.node("Reshape", [layout.withBatch(value, dModel), graph.integers(0, 1, -1, dModel)]);
}

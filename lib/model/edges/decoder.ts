import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights } from "../plan/architecture.ts";
import { type AttentionInputs, inputsOfLayer } from "../decoder/attention_inputs.ts";
import { normOfHeads } from "../decoder/attention.ts";
import { logitsOf } from "../decoder/decoder.ts";
import { explicitAttention } from "../decoder/attention_explicit.ts";
import { headsFirst, intoHeads } from "../decoder/head_matrices.ts";
import { mlp } from "../decoder/mlp.ts";
import { norm } from "../decoder/norm.ts";
import type { DecoderWriter } from "../decoder/writer.ts";
import { EMBED_SENDER, mlpSender } from "./graph_names.ts";
import { blockAt, normAt } from "../plan/hook_points.ts";

/** The edges between the nodes of a decoder, in place of the residual stream. */
export interface EdgeReader {
  /** Takes the output of the embedding or of an MLP, [batch, 1, position, d_model]. */
  send(sender: string, output: Value): void;
  /** Takes the outputs of a layer's heads before W_O, `z` [batch × position, head × d_head]. */
  sendHeads(layer: number, z: Value, weights: LayerWeights): void;
  /** Returns what the receivers of the next junction read, [batch, receiver, position, d_model]. */
  read(): Value;
}

/**
 * Writes a decoder in which each node reads its own sum of what earlier nodes wrote, and returns
 * the logits of the last position, [batch, vocab].
 *
 * @param embedded the embedding's output, [batch, 1, position, d_model].
 */
export function edgeDecoder(
  writer: DecoderWriter,
  embedded: Value,
  inputs: AttentionInputs,
  edges: EdgeReader,
): Value {
  const { graph, architecture: { layers, dModel, dMlp, weights, parallel }, layout } = writer;
  edges.send(EMBED_SENDER, embedded);
  for (let layer = 0; layer < layers; layer++) {
    const own = weights.layer(layer);
    const read = edges.read();
    // A parallel MLP reads before the heads of its layer write.
    const early = dMlp && parallel ? edges.read() : undefined;
    const ofLayer = inputsOfLayer(inputs, writer.architecture, layer);
    edges.sendHeads(layer, heads(writer, layer, read, own, ofLayer), own);
    if (dMlp) edges.send(mlpSender(layer), mlpNode(writer, layer, early ?? edges.read(), own));
  }
  const last = graph.node("Gather", [edges.read(), graph.integers(-1)], { axis: 2 });
  const normalized = norm(writer, "ln_final", layout.rows(last, dModel), weights.finalNorm);
  return logitsOf(writer, normalized);
}

/**
 * Returns `z` [batch × position, head × d_head] of a layer's heads.
 *
 * @param input [batch, receiver, position, d_model]: the receivers are the queries of each head,
 * then the keys of each key/value head, then the values of each key/value head.
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
  const normalized = norm(writer, normAt(layer, "ln1"), input, weights.ln1);
  return graph.scope(`${blockAt(layer)}.attn`, () => {
    const parts = graph.nodeWithOutputs(
      "Split",
      [normalized, graph.integers(heads, kvHeads, kvHeads)],
      ["float32", "float32", "float32"],
      { axis: 1 },
    );
    const [q, k, v] = queriesKeysValues(writer, parts, weights).map((value, i) =>
      layout.rows(headsFirst(writer, value), (i ? kvHeads : heads) * headSize)
    );
    const normed = [
      normOfHeads(writer, q, weights.qNorm, heads),
      normOfHeads(writer, k, weights.kNorm, kvHeads),
      v,
    ] as const;
    return explicitAttention(writer, layer, normed, inputs, { ...writer, bias: inputs.bias });
  });
}

/** Returns queries, keys and values, each [batch, head, position, d_head], before their norms. */
function queriesKeysValues(
  writer: DecoderWriter,
  [q, k, v]: readonly Value[],
  weights: LayerWeights,
): Value[] {
  const { heads: count, kvHeads } = writer.architecture;
  // In a shared matrix of queries, keys and values, the heads of all three follow one another.
  const range = (first: number, count: number) => ({ first: weights.qkv ? first : 0, count });
  return [
    intoHeads(writer, q, weights.qkv ?? weights.q!, range(0, count)),
    intoHeads(writer, k, weights.qkv ?? weights.k!, range(count, kvHeads)),
    intoHeads(writer, v, weights.qkv ?? weights.v!, range(count + kvHeads, kvHeads)),
  ];
}

/** Returns the output of a layer's MLP, [batch, 1, position, d_model]. */
function mlpNode(writer: DecoderWriter, layer: number, input: Value, weights: LayerWeights): Value {
  const { layout, architecture: { dModel } } = writer;
  const normalized = norm(writer, normAt(layer, "ln2"), layout.rows(input, dModel), weights.ln2);
  const written = mlp(writer, layer, normalized, weights);
  return bySender(writer, norm(writer, normAt(layer, "ln2_post"), written, weights.ln2Post));
}

/** Reshapes [batch × position, d_model] to [batch, 1, position, d_model]. */
export function bySender(
  { graph, layout, architecture: { dModel } }: DecoderWriter,
  value: Value,
): Value {
  return graph.node("Reshape", [layout.withBatch(value, dModel), graph.integers(0, 1, -1, dModel)]);
}

import { CACHE_KINDS, cacheName, INPUT_NAMES } from "../plan/graph_names.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { type ElementType, Graph, type Value } from "../../onnx/graph.ts";
import { prune } from "../../onnx/prune.ts";
import type { Architecture, LayerWeights } from "../plan/architecture.ts";
import { attention, canFuse } from "./attention.ts";
import {
  angleInputs,
  type AttentionInputs,
  type KeysValues,
  localAngleInputs,
} from "./attention_inputs.ts";
import { Hooks } from "./hooks.ts";
import { capped } from "./cap.ts";
import { derivative } from "./derivative.ts";
import { headsFirst, outOfHeads } from "./head_matrices.ts";
import { Layout } from "./layout.ts";
import { mlp } from "./mlp.ts";
import { norm } from "./norm.ts";
import { unembedded, type UnembeddingWriter } from "./unembedded.ts";
import { writeSampling } from "./sampling.ts";
import { F32_PRODUCTS, Precision, type Products } from "./precision.ts";
import type { Plan } from "../plan/plan.ts";
import type { Entry } from "../plan/entry.ts";
import { GraphWeights } from "./weights.ts";
import { type DecoderWriter, linear } from "./writer.ts";
import { blockAt, normAt, pointAt } from "../plan/hook_points.ts";

/** How a decoder's graph is written. */
export interface DecoderOptions {
  /** Use ONNX Runtime's fused attention in layers with no tap and no edit inside the attention. */
  readonly fusedAttention: boolean;
  /**
   * The element type of the matrices if the weights are inputs of the graph; undefined makes them
   * constants in files.
   */
  readonly fedWeights: ElementType | undefined;
  /** The element type of matrix products and attention. Default f32. */
  readonly products?: Products;
}

/**
 * Returns the graph of a decoder for one plan.
 *
 * The graph reads tokens, or the residual stream of an earlier run. It returns the plan's taps, and
 * during a generation the new keys and values. Whatever no output depends on is removed: without a
 * tap on `logits` there is no unembedding.
 */
export function decoderGraph(
  architecture: Architecture,
  checkpoint: Checkpoint,
  plan: Plan,
  { fusedAttention, fedWeights, products = F32_PRODUCTS }: DecoderOptions,
): Graph {
  const graph = new Graph(architecture.family);
  const positionIds = graph.input(INPUT_NAMES.positionIds, "int64", ["batch", "position"]);
  const layout = new Layout(graph, positionIds);
  const hooks = new Hooks(graph, layout, architecture, plan);
  const weights = new GraphWeights(
    graph,
    architecture,
    checkpoint,
    fedWeights,
    checkpoint.live !== undefined || plan.metric?.byWeights,
  );
  const writer: DecoderWriter = {
    graph,
    architecture,
    plan,
    weights,
    hooks,
    layout,
    positionIds,
    precision: new Precision(graph, products),
    fusedAttention,
  };
  const inputs = attentionInputs(writer);
  const first = plan.start?.layer ?? 0;
  let residual = plan.start
    ? graph.input(INPUT_NAMES.residual, "float32", ["rows", architecture.dModel])
    : embedding(writer);
  for (let layer = first; layer < architecture.layers; layer++) {
    residual = block(writer, layer, residual, inputs);
  }
  // Written for every plan; pruning removes the unembedding and the layers after the last tap if no
  // output needs them.
  unembedding(writer, residual);
  if (plan.metric) derivative(writer, plan.metric);
  if (plan.sampling) writeSampling(graph, plan.sampling, hooks.sampled, architecture.vocab);
  prune(graph);
  return graph;
}

/**
 * Returns the token embeddings, plus learned position embeddings if any: [batch × position,
 * d_model].
 */
function embedding(
  { graph, architecture, weights, hooks, layout, positionIds }: DecoderWriter,
): Value {
  const tokens = graph.input(INPUT_NAMES.tokens, "int32", ["batch", "position"]);
  const embedded = graph.scope(
    "embed",
    () => {
      const rows = weights.rows(architecture.weights.embed, tokens);
      const { embedScale } = architecture;
      // Gemma scales what it reads from the embedding, but not the unembedding, which is the same
      // matrix.
      return embedScale === undefined ? rows : graph.node("Mul", [rows, graph.scalar(embedScale)]);
    },
  );
  const stream = hooks.at("hook_embed", layout.rows(embedded, architecture.dModel));
  if (!architecture.weights.positions) return stream;
  const positions = weights.rows(architecture.weights.positions, positionIds);
  return graph.node("Add", [
    stream,
    hooks.at("hook_pos_embed", layout.rows(positions, architecture.dModel)),
  ]);
}

/**
 * Writes one layer and returns the residual stream after it: attention and, in models with MLPs,
 * the MLP are each added to the stream.
 */
function block(
  writer: DecoderWriter,
  layer: number,
  residual: Value,
  inputs: AttentionInputs,
): Value {
  const { hooks, architecture } = writer;
  // A run that starts at `hook_resid_mid` skips the attention, but not the narrowing after it.
  const { before, after } = startsAt(writer, layer, "mid")
    ? { before: residual, after: hooks.narrow(pointAt.z(layer), residual)[0] }
    : attentionBlock(writer, layer, residual, inputs);
  return streamAfter(
    writer,
    layer,
    architecture.dMlp ? mlpBlock(writer, layer, before, after) : after,
  );
}

/** The residual stream before and after a layer's attention, at the same rows. */
interface AroundAttention {
  readonly before: Value;
  readonly after: Value;
}

/** Returns the residual stream before and after a layer's attention. */
function attentionBlock(
  writer: DecoderWriter,
  layer: number,
  residual: Value,
  inputs: AttentionInputs,
): AroundAttention {
  const { graph, hooks, architecture: { heads, headSize, weights: { layer: weightsOf } } } = writer;
  const zName = pointAt.z(layer);
  const weights = weightsOf(layer);
  // A run that starts at `hook_z` is given the heads' outputs and the stream that they are added
  // to.
  const inMiddle = startsAt(writer, layer, "z");
  const pre = inMiddle ? residual : hooks.at(pointAt.residPre(layer), residual);
  const z = inMiddle
    ? hooks.at(zName, graph.input(INPUT_NAMES.z, "float32", ["rows", heads * headSize]))
    : attention(
      writer,
      layer,
      norm(writer, normAt(layer, "ln1"), pre, weights.ln1),
      weights,
      inputs,
    );
  // Where attention computed the kept queries alone, `z` has the kept rows already: only the stream
  // is narrowed.
  const [keptPre, keptZ = z] = hooks.narrow(zName, pre, ...hooks.narrowsQueries(zName) ? [] : [z]);
  const after = graph.scope(
    `${blockAt(layer)}.attn`,
    () => attentionOut(writer, layer, keptZ, weights, keptPre),
  );
  return { before: keptPre, after };
}

/** Returns the residual stream after a layer's MLP. */
function mlpBlock(
  writer: DecoderWriter,
  layer: number,
  before: Value,
  residual: Value,
): Value {
  const { graph, hooks, architecture } = writer;
  const outPoint = pointAt.mlpOut(layer);
  const weights = architecture.weights.layer(layer);
  const mid = architecture.parallel ? residual : hooks.at(pointAt.residMid(layer), residual);
  // A parallel MLP reads what attention reads.
  const read = architecture.parallel ? before : mid;
  const normalized = norm(writer, normAt(layer, "ln2"), read, weights.ln2);
  // Without a hook on the MLP's output, the stream is the addend of the last Gemm: one operator
  // less.
  if (!hooks.wants(outPoint) && !weights.ln2Post) {
    return mlp(writer, layer, normalized, weights, mid);
  }
  const out = norm(
    writer,
    normAt(layer, "ln2_post"),
    mlp(writer, layer, normalized, weights),
    weights.ln2Post,
  );
  return graph.node("Add", [mid, hooks.at(outPoint, out)]);
}

/**
 * Whether a plan starts from an earlier run's activations in this layer, at the entry of this kind.
 */
function startsAt({ plan: { start } }: DecoderWriter, layer: number, kind: Entry["kind"]): boolean {
  return start?.layer === layer && start.kind === kind;
}

/**
 * Returns the residual stream that the next layer reads: all rows, or the rows that are asked for.
 */
function streamAfter({ hooks }: DecoderWriter, layer: number, residual: Value): Value {
  const name = pointAt.residPost(layer);
  return hooks.narrow(name, hooks.at(name, residual))[0];
}

/**
 * Returns the residual stream after attention: `hook_z` times W_O, added to the stream. The product
 * is computed head by head only if `hook_result` is tapped or edited.
 */
function attentionOut(
  writer: DecoderWriter,
  layer: number,
  z: Value,
  weights: LayerWeights,
  residual: Value,
): Value {
  const { graph, hooks } = writer;
  const outPoint = pointAt.attnOut(layer);
  const resultPoint = pointAt.result(layer);
  if (!hooks.wants(outPoint, resultPoint) && !weights.ln1Post) {
    return linear(writer, z, weights.o, residual);
  }
  const sum = hooks.wants(resultPoint)
    ? sumOfHeads(writer, resultPoint, z, weights)
    : linear(writer, z, weights.o);
  const out = norm(writer, normAt(layer, "ln1_post"), sum, weights.ln1Post);
  return graph.node("Add", [residual, hooks.at(outPoint, out)]);
}

/**
 * Returns the sum over heads of each head's `z` times its part of W_O. The summands are
 * `hook_result` [batch × position, head × d_model], tapped and edited before they are summed.
 */
function sumOfHeads(writer: DecoderWriter, name: string, z: Value, { o }: LayerWeights): Value {
  const { graph, architecture: { heads, headSize, dModel }, hooks, layout, weights: store } =
    writer;
  // No head looks at another position here, so that all rows may be one batch.
  const perHead = headsFirst(
    writer,
    graph.node("Reshape", [z, graph.integers(1, -1, heads, headSize)]),
  );
  const results = headsFirst(writer, outOfHeads(writer, perHead, o));
  const edited = hooks.at(name, layout.rows(results, heads * dModel));
  const sum = graph.node("ReduceSum", [layout.rows(edited, heads, dModel), graph.integers(1)], {
    keepdims: 0,
  });
  // The bias of W_O belongs to no head, and is no part of `hook_result`.
  return o.bias ? graph.node("Add", [sum, store.get(o.bias)]) : sum;
}

/** Writes the final norm and the unembedding. */
function unembedding(writer: DecoderWriter, residual: Value): void {
  const stream = norm(writer, "ln_final", residual, writer.architecture.weights.finalNorm);
  writer.hooks.at("logits", logitsOf(writer, stream));
}

/** Returns the logits [row, vocab] of the normalised residual stream [row, d_model]. */
export function logitsOf(writer: UnembeddingWriter, stream: Value): Value {
  const { graph, architecture } = writer;
  return graph.scope(
    "unembed",
    () => capped({ graph }, unembedded(writer, stream), architecture.logitCap),
  );
}

/** Returns settled keys and values with their number of positions. */
function settledInputs(
  graph: Graph,
  layers: readonly KeysValues[],
): NonNullable<AttentionInputs["settled"]> {
  const [[keys]] = layers;
  return {
    layers,
    count: graph.node("Shape", [keys], { start: 2, end: 3 }, { type: "int64" }),
  };
}

/** Declares the graph inputs of attention. Those that no layer reads are pruned with the rest. */
function attentionInputs(writer: DecoderWriter): AttentionInputs {
  const { graph, architecture, plan } = writer;
  const { layers, kvHeads, headSize } = architecture;
  const indices = Array.from({ length: layers }, (_, layer) => layer);
  const isWindowed = architecture.window !== undefined;
  const explicit = !indices.every((layer) => canFuse(writer, layer));
  const earlier = (which: "settled" | "past") =>
    indices.map((layer) =>
      CACHE_KINDS.map((kind) =>
        graph.input(cacheName(which, layer, kind), "float32", ["batch", kvHeads, which, headSize])
      ) as unknown as KeysValues
    );
  // Behind a cache there are more keys than positions that are computed.
  const key = plan.start?.past || plan.cached ? "key" : "position";
  return {
    keptBias: graph.input(INPUT_NAMES.keptBias, "float32", ["batch", 1, "kept", key]),
    bias: explicit || plan.padded
      ? graph.input(INPUT_NAMES.attentionBias, "float32", [
        plan.padded ? "batch" : 1,
        1,
        "position",
        key,
      ])
      : undefined,
    local: isWindowed
      ? {
        keptBias: graph.input(INPUT_NAMES.keptWindowBias, "float32", ["batch", 1, "kept", key]),
        bias: graph.input(INPUT_NAMES.windowBias, "float32", [
          plan.padded ? "batch" : 1,
          1,
          "position",
          key,
        ]),
        ...localAngleInputs(graph, architecture),
      }
      : undefined,
    ...angleInputs(graph, architecture),
    past: plan.start?.past || plan.cached ? earlier("past") : undefined,
    settled: plan.cached === "host" ? settledInputs(graph, earlier("settled")) : undefined,
    returnsPresent: plan.cached !== false,
    counts: plan.cached === "in place"
      ? {
        keyCount: graph.input(INPUT_NAMES.keyCount, "int32", []),
        lastKey: graph.input(INPUT_NAMES.lastKey, "int32", [1]),
      }
      : undefined,
  };
}

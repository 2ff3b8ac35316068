import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { INPUT_NAMES } from "../plan/graph_names.ts";
import {
  angleInputs,
  type AttentionInputs,
  localAngleInputs,
} from "../decoder/attention_inputs.ts";
import { writeMetric } from "../decoder/derivative.ts";
import { Hooks } from "../decoder/hooks.ts";
import { Layout } from "../decoder/layout.ts";
import { F32_PRODUCTS, Precision } from "../decoder/precision.ts";
import type { MetricKind, Plan } from "../plan/plan.ts";
import type { GraphWeights } from "../decoder/weights.ts";
import type { DecoderWriter } from "../decoder/writer.ts";
import { bySender, edgeDecoder } from "./decoder.ts";
import { EMBEDDED } from "./graph_names.ts";
import { LiveEdges } from "./live_edges.ts";
import { MaskedEdges } from "./masked_edges.ts";

/** The plan of edge graphs. Edges take the place of hooks: nothing is tapped or edited. */
const PLAN: Plan = { taps: [], edits: new Map(), cached: false, padded: true };

/** The declared inputs of an edge graph. */
interface EdgeInputs {
  readonly writer: DecoderWriter;
  readonly attention: AttentionInputs;
  /** The embedding's output, [batch, 1, position, d_model]. */
  readonly embedded: Value;
}

/** Declares the inputs of an edge graph. */
function edgeInputs(graph: Graph, architecture: Architecture, weights: GraphWeights): EdgeInputs {
  const { window, dModel } = architecture;
  const positionIds = graph.input(INPUT_NAMES.positionIds, "int64", ["batch", "position"]);
  const bias = graph.input(INPUT_NAMES.attentionBias, "float32", ["biases", 1, "position", "key"]);
  const windowBias = window &&
    graph.input(INPUT_NAMES.windowBias, "float32", ["biases", 1, "position", "key"]);
  const layout = new Layout(graph, positionIds);
  const hooks = new Hooks(graph, layout, architecture, PLAN);
  const writer = {
    graph,
    architecture,
    plan: PLAN,
    weights,
    hooks,
    layout,
    positionIds,
    precision: new Precision(graph, F32_PRODUCTS),
    fusedAttention: false,
  };
  const embedded = bySender(
    writer,
    graph.input(EMBEDDED, "float32", ["batch", "position", dModel]),
  );
  return {
    writer,
    attention: {
      bias,
      keptBias: bias,
      returnsPresent: false,
      local: windowBias && {
        bias: windowBias,
        keptBias: windowBias,
        ...localAngleInputs(graph, architecture),
      },
      ...angleInputs(graph, architecture),
    },
    embedded,
  };
}

/**
 * Writes the graph that runs a circuit, a model in which only some edges are kept, and returns a
 * metric's items.
 */
export function circuitGraph(
  graph: Graph,
  architecture: Architecture,
  weights: GraphWeights,
  kind: MetricKind,
): void {
  const { writer, attention, embedded } = edgeInputs(graph, architecture, weights);
  writeMetric(graph, kind, edgeDecoder(writer, embedded, attention, new MaskedEdges(writer)));
}

/** Writes the graph that scores every edge by a metric of the last logits. */
export function scoresGraph(
  graph: Graph,
  architecture: Architecture,
  weights: GraphWeights,
  kind: MetricKind,
): void {
  const { writer, attention, embedded } = edgeInputs(graph, architecture, weights);
  const edges = new LiveEdges(writer);
  edges.scores(writeMetric(graph, kind, edgeDecoder(writer, embedded, attention, edges)));
}

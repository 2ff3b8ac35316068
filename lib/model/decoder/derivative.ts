import { METRIC_NAMES, weightGradientName } from "../plan/graph_names.ts";
import { gradients } from "../../onnx/gradient/gradient.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { MetricKind, PlannedMetric } from "../plan/plan.ts";
import type { DecoderWriter } from "./writer.ts";

/**
 * Writes the metric of a plan and its gradients by the activations and weights that the plan names.
 */
export function derivative(
  { graph, hooks, weights }: DecoderWriter,
  { kind, byWeights }: PlannedMetric,
): void {
  const { source, by } = hooks.derivative;
  const parameters = byWeights ? [...weights.trained] : [];
  const values = [...by.map(({ value }) => value), ...parameters.map(([, value]) => value)];
  const slopes = gradients(graph, writeMetric(graph, kind, source), values);
  by.forEach(({ write }, i) => write(slopes[i]));
  parameters.forEach(([name], i) => graph.output(weightGradientName(name), slopes[by.length + i]));
}

/**
 * Writes the per-token terms whose sum is the metric, and returns them.
 *
 * The unweighted items are an output of the graph; the metric is summed in TypeScript, in f64.
 *
 * @param source the activation that the metric reads, [kept, feature].
 * @returns [kept, item], or [kept, feature] if an activation is scored.
 */
export function writeMetric(graph: Graph, kind: MetricKind, source: Value): Value {
  const weights = graph.input(METRIC_NAMES.weights, "float32", [
    "scored",
    kind === "score" ? "feature" : "item",
  ]);
  if (kind === "score") {
    // Products with one direction for each kept row: their sum is the score.
    const products = graph.node("Mul", [source, weights]);
    graph.output(
      METRIC_NAMES.items,
      graph.node("ReduceSum", [products, graph.integers(1)], { keepdims: 1 }),
    );
    return products;
  }
  const tokens = graph.input(METRIC_NAMES.tokens, "int64", ["scored", "item"]);
  const scores = kind === "logits" ? source : graph.node("LogSoftmax", [source], { axis: 1 });
  const items = graph.node("GatherElements", [scores, tokens], { axis: 1 });
  graph.output(METRIC_NAMES.items, items);
  return graph.node("Mul", [items, weights]);
}

import { metricNames, weightGradientName } from "../plan/graph_names.ts";
import { gradients } from "../../onnx/gradient/gradient.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { MetricKind, PlannedMetric } from "../plan/plan.ts";
import type { DecoderWriter } from "./writer.ts";

/** The metric of a plan, and its gradients by what the plan asks for. */
export function derivative(
  { graph, hooks, weights }: DecoderWriter,
  { kind, byWeights }: PlannedMetric,
): void {
  const { source, by } = hooks.derivative;
  const parameters = byWeights ? [...weights.used] : [];
  const values = [...by.map(({ value }) => value), ...parameters.map(([, value]) => value)];
  const slopes = gradients(graph, writeMetric(graph, kind, source), values);
  by.forEach(({ write }, i) => write(slopes[i]));
  parameters.forEach(([name], i) => graph.output(weightGradientName(name), slopes[by.length + i]));
}

/** What is summed to the metric, [kept, item] of the activation [kept, feature]; its items leave the graph. */
export function writeMetric(graph: Graph, kind: MetricKind, source: Value): Value {
  const weights = graph.input(metricNames.weights, "float32", [
    "scored",
    kind === "score" ? "feature" : "item",
  ]);
  if (kind === "score") {
    const products = graph.node("Mul", [source, weights]);
    graph.output(
      metricNames.items,
      graph.node("ReduceSum", [products, graph.integers(1)], { keepdims: 1 }),
    );
    return products;
  }
  const tokens = graph.input(metricNames.tokens, "int64", ["scored", "item"]);
  const scores = kind === "logits" ? source : graph.node("LogSoftmax", [source], { axis: 1 });
  const items = graph.node("GatherElements", [scores, tokens], { axis: 1 });
  graph.output(metricNames.items, items);
  return graph.node("Mul", [items, weights]);
}

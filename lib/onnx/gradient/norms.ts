import type { Graph, Value } from "../graph.ts";
import { type Rule, shapeValue, type Step } from "./rule.ts";

/** RMSNorm (ONNX Runtime's `SimplifiedLayerNormalization`): y = n g with n = x / √(mean x² + ε). */
export const rmsNorm: Rule = (step) => throughScale(step, step.inputs[0]);

/** LayerNorm is RMSNorm of the centred input x - mean x. The gradient by x is centred in turn. */
export const layerNorm: Rule = (step) => {
  const { graph, inputs: [x, , bias], gradient } = step;
  const centred = (value: Value) => graph.node("Sub", [value, mean(graph, value)]);
  const [byCentred, byGain] = throughScale(step, centred(x));
  return [() => centred(byCentred()), byGain, bias && (() => summedToLast(graph, gradient, bias))];
};

/**
 * Returns writers of the gradients by x, (g dy - n mean(n g dy)) / √(mean x² + ε) with n = x /
 * √(mean x² + ε), and by the gain g, the sum of n dy over positions.
 */
function throughScale(
  { graph, node: { attributes }, inputs: [, gain], gradient }: Step,
  x: Value,
): (() => Value)[] {
  const inverse = inverseScale(graph, x, attributes.epsilon);
  const normalized = () => graph.node("Mul", [x, inverse]);
  return [
    () => {
      const inner = graph.node("Mul", [gradient, gain]);
      const n = normalized();
      const along = graph.node("Mul", [n, mean(graph, graph.node("Mul", [n, inner]))]);
      return graph.node("Mul", [graph.node("Sub", [inner, along]), inverse]);
    },
    () => summedToLast(graph, graph.node("Mul", [gradient, normalized()]), gain),
  ];
}

/** Returns 1 / √(mean x² + ε) with the mean over the last axis, which keeps size 1. */
function inverseScale(graph: Graph, x: Value, epsilon: unknown): Value {
  const variance = mean(graph, graph.node("Mul", [x, x]));
  const scale = graph.node("Sqrt", [
    graph.node("Add", [variance, graph.scalar((epsilon as { float: number }).float)]),
  ]);
  return graph.node("Div", [graph.scalar(1), scale]);
}

function mean(graph: Graph, value: Value): Value {
  return graph.node("ReduceMean", [value, graph.integers(-1)], { keepdims: 1 });
}

/** Returns a gradient summed over all axes but the last, in the shape of a gain or a bias. */
function summedToLast(graph: Graph, gradient: Value, weight: Value): Value {
  const size = graph.node("Concat", [graph.integers(-1), shapeValue(graph, weight)], { axis: 0 }, {
    type: "int64",
  });
  const rows = graph.node("Reshape", [gradient, size]);
  return graph.node("ReduceSum", [rows, graph.integers(0)], { keepdims: 0 });
}

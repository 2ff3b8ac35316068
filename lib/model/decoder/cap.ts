import type { Graph, Value } from "../../onnx/graph.ts";

/** Returns cap · tanh(value / cap), which lies between −cap and cap; without a cap, the value. */
export function capped({ graph }: { readonly graph: Graph }, value: Value, cap?: number): Value {
  if (cap === undefined) return value;
  const ratio = graph.node("Mul", [value, graph.scalar(1 / cap)]);
  return graph.node("Mul", [graph.node("Tanh", [ratio]), graph.scalar(cap)]);
}

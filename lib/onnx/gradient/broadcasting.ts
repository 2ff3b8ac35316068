import type { Dimensions } from "../dimensions.ts";
import type { Graph, Value } from "../graph.ts";
import { shapeValue, type Step } from "./rule.ts";

/**
 * The gradient of an operand that was stretched (broadcast) to the shape of a result: summed over the axes along which it was
 * repeated. Where the shapes are known to be equal that is the gradient itself.
 *
 * @param gradient in the shape of the step's first output, or `like` that of another value.
 */
export function summedTo({ graph, node, shapes }: Step, operand: Value, gradient: Value): Value {
  const shape = shapes.get(operand.name);
  const whole = shapes.get(node.outputs[0].name);
  const axes = shape && whole && stretchedAxes(shape, whole);
  if (!axes) return summedWhenRun(graph, operand, gradient);
  if (!axes.length) return gradient;
  const sum = graph.node("ReduceSum", [gradient, graph.integers(...axes)], { keepdims: 1 });
  return shape!.length === whole!.length
    ? sum
    : graph.node("Reshape", [sum, shapeValue(graph, operand)]);
}

/** Axes of a shape along which an operand is repeated; undefined where that cannot be told. */
function stretchedAxes(operand: Dimensions, whole: Dimensions): number[] | undefined {
  const missing = whole.length - operand.length;
  const axes: number[] = [];
  for (const [axis, size] of whole.entries()) {
    const own = axis < missing ? 1 : operand[axis - missing];
    if (axis >= missing && own === size) continue;
    if (own !== 1) return undefined;
    axes.push(axis);
  }
  return axes;
}

/** The same where shapes are known only when the graph runs. */
function summedWhenRun(graph: Graph, operand: Value, gradient: Value): Value {
  const integer = { type: "int64" } as const;
  const own = shapeValue(graph, operand);
  const whole = shapeValue(graph, gradient);
  const rank = (shape: Value) => graph.node("Shape", [shape], {}, integer);
  const missing = graph.node("Sub", [rank(whole), rank(own)], {}, integer);
  const ones = graph.node("Expand", [graph.integers(1), missing], {}, integer);
  const aligned = graph.node("Concat", [ones, own], { axis: 0 }, integer);
  const same = graph.node("Equal", [aligned, whole], {}, { type: "bool" });
  const different = graph.node("Not", [same], {}, { type: "bool" });
  const axes = graph.node("NonZero", [different], {}, integer);
  const list = graph.node("Reshape", [axes, graph.integers(-1)], {}, integer);
  const sum = graph.node("ReduceSum", [gradient, list], { keepdims: 1, noop_with_empty_axes: 1 });
  return graph.node("Reshape", [sum, own]);
}

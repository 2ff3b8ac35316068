import type { Dimensions } from "../dimensions.ts";
import type { Graph, Value } from "../graph.ts";
import { shapeValue, type Step } from "./rule.ts";

/**
 * Returns the gradient by an operand that was broadcast to the shape of the node's output: the
 * gradient by the output, summed over the axes along which the operand was repeated.
 *
 * @param gradient the gradient, in the shape of the node's first output.
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

/**
 * Returns the axes of `whole` along which an operand is repeated, or undefined if they are unknown.
 */
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

/** Sums a gradient to an operand's shape if the shapes are known only when the graph runs. */
function summedWhenRun(graph: Graph, operand: Value, gradient: Value): Value {
  const integer = { type: "int64" } as const;
  const own = shapeValue(graph, operand);
  const whole = shapeValue(graph, gradient);
  const rank = (shape: Value) => graph.node("Shape", [shape], {}, integer);
  // The operand's shape is filled up with ones in front; the axes in which it differs are summed
  // over.
  const missing = graph.node("Sub", [rank(whole), rank(own)], {}, integer);
  const ones = graph.node("Expand", [graph.integers(1), missing], {}, integer);
  const aligned = graph.node("Concat", [ones, own], { axis: 0 }, integer);
  const same = graph.node("Equal", [aligned, whole], {}, { type: "bool" });
  const different = graph.node("Not", [same], {}, { type: "bool" });
  const axes = graph.node("NonZero", [different], {}, integer);
  const list = graph.node("Reshape", [axes, graph.integers(-1)], {}, integer);
  // Without `noop_with_empty_axes`, ReduceSum sums over all axes if the list is empty.
  const sum = graph.node("ReduceSum", [gradient, list], { keepdims: 1, noop_with_empty_axes: 1 });
  return graph.node("Reshape", [sum, own]);
}

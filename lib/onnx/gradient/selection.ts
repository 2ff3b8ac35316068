import type { Value } from "../graph.ts";
import { filledLike, rankOf, type Rule, shapeValue, type Step } from "./rule.ts";

/** `Gather`: each slice's gradient is added where the slice was taken. */
export const gather: Rule = (step) => {
  const { graph, node: { attributes }, inputs: [x, indices], gradient } = step, axis = Number(attributes.axis ?? 0);
  return [
    () => {
      const rank = rankOf(step, x);
      // The axes of the indices, however many, become one.
      const [before, after] = [shapeValue(graph, x, { end: axis }), shapeValue(graph, x, { start: axis + 1 })];
      const parts = [...axis ? [before] : [], graph.integers(-1), ...axis + 1 < rank ? [after] : []];
      const shape = graph.node("Concat", parts, { axis: 0 }, { type: "int64" });
      const slices = graph.node("Reshape", [gradient, shape]);
      const alongAxis = Array.from({ length: rank }, (_, i) => i === axis ? -1 : 1);
      const list = graph.node("Reshape", [indices, graph.integers(...alongAxis)], {}, { type: indices.type });
      const everywhere = graph.node("Expand", [list, shapeValue(graph, slices)], {}, { type: indices.type });
      return scattered(step, everywhere, slices, axis);
    },
  ];
};

/** `GatherElements`: each item's gradient is added where it was taken. */
export const gatherElements: Rule = (step) => {
  const { node: { attributes }, inputs: [, indices], gradient } = step;
  return [() => scattered(step, indices, gradient, Number(attributes.axis ?? 0))];
};

/** Zeros in the shape of the first input, to which items are added at indices along an axis. */
function scattered({ graph, inputs: [x] }: Step, indices: Value, items: Value, axis: number): Value {
  return graph.node("ScatterElements", [filledLike(graph, x, 0), indices, items], { axis, reduction: "add" });
}

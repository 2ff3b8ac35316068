import { CircuitbookError } from "../../base/errors.ts";
import type { Value } from "../graph.ts";
import { summedTo } from "./broadcasting.ts";
import { filledLike, rankOf, type Rule, shapeValue, sizeAlong, type Step } from "./rule.ts";

/** `Gather`: the gradient by each slice is added at the index that the slice was taken from. */
export const gather: Rule = (step) => {
  const { graph, node: { attributes }, inputs: [x, indices], gradient } = step;
  return [
    () => {
      const rank = rankOf(step, x);
      const given = Number(attributes.axis ?? 0);
      const axis = given < 0 ? given + rank : given;
      // The indices may have any number of axes: the gradient is reshaped so that they are one
      // axis.
      const [before, after] = [
        shapeValue(graph, x, { end: axis }),
        shapeValue(graph, x, { start: axis + 1 }),
      ];
      const parts = [
        ...axis ? [before] : [],
        graph.integers(-1),
        ...axis + 1 < rank ? [after] : [],
      ];
      const shape = graph.node("Concat", parts, { axis: 0 }, { type: "int64" });
      const slices = graph.node("Reshape", [gradient, shape]);
      const alongAxis = Array.from({ length: rank }, (_, i) => i === axis ? -1 : 1);
      const list = graph.node("Reshape", [indices, graph.integers(...alongAxis)], {}, {
        type: indices.type,
      });
      const everywhere = graph.node("Expand", [list, shapeValue(graph, slices)], {}, {
        type: indices.type,
      });
      return scattered(step, everywhere, slices, axis);
    },
  ];
};

/**
 * `GatherElements`: the gradient by each item is added at the index that the item was taken from.
 */
export const gatherElements: Rule = (step) => {
  const { node: { attributes }, inputs: [, indices], gradient } = step;
  return [() => scattered(step, indices, gradient, Number(attributes.axis ?? 0))];
};

/**
 * `Where`: the gradient by either operand is the gradient by the items taken from it, and zero
 * elsewhere.
 */
export const where: Rule = (step) => {
  const { graph, inputs: [condition, a, b], gradient } = step;
  const none = graph.scalar(0, gradient.type);
  const chosen = (yes: Value, no: Value) =>
    graph.node("Where", [condition, yes, no], {}, { type: gradient.type });
  return [
    undefined,
    () => summedTo(step, a, chosen(gradient, none)),
    () => summedTo(step, b, chosen(none, gradient)),
  ];
};

/** `Slice` of one axis without steps: the gradient, with zeros before and after it. */
export const slice: Rule = (step) => {
  const { graph, node, inputs: [x, starts, , axes, steps], gradient } = step;
  const axis = graph.constants.find(({ value }) => value.name === axes?.name)?.data;
  if (axis?.length !== 1 || steps) {
    throw new CircuitbookError(
      `Expected a Slice of one axis without steps but found "${node.name}"; write several.`,
    );
  }
  return [
    () => {
      const zeros = filledLike(graph, x, 0);
      const along = Number(axis[0]);
      const before = graph.node("Slice", [zeros, graph.integers(0), starts, axes]);
      const taken = [before, gradient].map((value) => sizeAlong(graph, value, along));
      const end = graph.node("Add", taken, {}, { type: "int64" });
      // Slice ends at the axis's size, so any larger number means "to the end".
      const after = graph.node("Slice", [zeros, end, graph.integers(2 ** 31), axes]);
      return graph.node("Concat", [before, gradient, after], { axis: along });
    },
  ];
};

/**
 * Returns zeros in the shape of the first operand, to which items are added at indices along an
 * axis.
 *
 * ScatterND adds whole rows and is 25 times as fast, but loses summands if two threads add to one
 * row at the same time (seen in ONNX Runtime 1.30).
 */
function scattered(
  { graph, inputs: [x] }: Step,
  indices: Value,
  items: Value,
  axis: number,
): Value {
  return graph.node("ScatterElements", [filledLike(graph, x, 0), indices, items], {
    axis,
    reduction: "add",
  });
}

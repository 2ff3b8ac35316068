import { DATA_TYPE } from "../encode.ts";
import type { Value } from "../graph.ts";
import { type Rule, shapeValue, type Step } from "./rule.ts";

/** `ReduceSum`: the gradient by every summand is the gradient by the sum. */
export const reduceSum: Rule = (step) => [() => repeated(step)];

/**
 * `ReduceMean`: the gradient by every item is the gradient by the mean, divided by the number of
 * items.
 */
export const reduceMean: Rule = (step) => {
  const { graph, node: { outputs: [mean] }, inputs: [x] } = step;
  return [
    () => {
      const sizes = [x, mean].map((value) => graph.node("Size", [value], {}, { type: "int64" }));
      const [all, left] = sizes.map((size) =>
        graph.node("Cast", [size], { to: DATA_TYPE.float32 }, { type: "float32" })
      );
      return graph.node("Div", [repeated(step), graph.node("Div", [all, left])]);
    },
  ];
};

/** Returns the gradient by a reduced value, repeated along the axes that were reduced. */
function repeated({ graph, node: { attributes }, inputs: [x, axes], gradient }: Step): Value {
  const withAxes = attributes.keepdims === 0 && axes
    ? graph.node("Unsqueeze", [gradient, axes])
    : gradient;
  return graph.node("Expand", [withAxes, shapeValue(graph, x)]);
}

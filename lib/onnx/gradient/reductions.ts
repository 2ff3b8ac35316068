import type { Value } from "../graph.ts";
import { type Rule, shapeValue, type Step } from "./rule.ts";

/** `ReduceSum`: every summand gets the gradient of the sum. */
export const reduceSum: Rule = (step) => [() => repeated(step)];

/** `ReduceMean`: every summand gets its share of the gradient of the mean. */
export const reduceMean: Rule = (step) => {
  const { graph, node: { outputs: [mean] }, inputs: [x] } = step;
  return [
    () => {
      const sizes = [x, mean].map((value) => graph.node("Size", [value], {}, { type: "int64" }));
      // ONNX TensorProto.DataType.FLOAT is 1.
      const [all, left] = sizes.map((size) =>
        graph.node("Cast", [size], { to: 1 }, { type: "float32" })
      );
      return graph.node("Div", [repeated(step), graph.node("Div", [all, left])]);
    },
  ];
};

/** The gradient of a reduced value, repeated along the axes that were reduced. */
function repeated({ graph, node: { attributes }, inputs: [x, axes], gradient }: Step): Value {
  const withAxes = attributes.keepdims === 0 && axes
    ? graph.node("Unsqueeze", [gradient, axes])
    : gradient;
  return graph.node("Expand", [withAxes, shapeValue(graph, x)]);
}

import { DATA_TYPE } from "../encode.ts";
import { summedTo } from "./broadcasting.ts";
import { filledLike, type Rule, shapeValue, sizeAlong } from "./rule.ts";

/** `Reshape`, `Unsqueeze`, `Squeeze`: the gradient is reshaped to the operand's shape. */
export const reshape: Rule = ({ graph, inputs: [x], gradient }) => [
  () => graph.node("Reshape", [gradient, shapeValue(graph, x)]),
];

/** `Transpose`: the gradient is transposed by the inverse permutation. */
export const transpose: Rule = ({ graph, node: { attributes }, gradient }) => {
  const perm = attributes.perm as readonly number[];
  return [
    () => graph.node("Transpose", [gradient], { perm: perm.map((_, axis) => perm.indexOf(axis)) }),
  ];
};

/** `Expand`: the gradient is summed over the axes along which the operand was repeated. */
export const expand: Rule = (step) => [() => summedTo(step, step.inputs[0], step.gradient)];

/** `Cast` between floating-point types: the gradient is cast to the operand's type. */
export const cast: Rule = ({ graph, inputs: [x], gradient }) => [
  () => graph.node("Cast", [gradient], { to: DATA_TYPE[x.type] }, { type: x.type }),
];

/** `Identity`: the gradient is unchanged. */
export const identity: Rule = ({ gradient }) => [() => gradient];

/** `Concat`: the gradient is split into the parts that were concatenated. */
export const concat: Rule = ({ graph, node: { attributes }, inputs, gradient }) => {
  const axis = Number(attributes.axis);
  const sizes = graph.node("Concat", inputs.map((input) => sizeAlong(graph, input, axis)), {
    axis: 0,
  }, {
    type: "int64",
  });
  const parts = graph.nodeWithOutputs(
    "Split",
    [gradient, sizes],
    inputs.map(() => "float32" as const),
    { axis },
  );
  return parts.map((part) => () => part);
};

/**
 * `Split`: the gradients by the parts are concatenated, with zeros for a part that has no gradient.
 */
export const split: Rule = ({ graph, node: { attributes, outputs }, gradients }) => [
  () => {
    const parts = outputs.map((output, i) => gradients[i] ?? filledLike(graph, output, 0));
    return graph.node("Concat", parts, { axis: attributes.axis });
  },
];

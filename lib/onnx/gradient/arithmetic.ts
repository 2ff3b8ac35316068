import { summedTo } from "./broadcasting.ts";
import type { Rule } from "./rule.ts";

// Each operand may have been broadcast to the result's shape, so each gradient is summed back to
// its shape.

/** d(a + b) = da + db. */
export const add: Rule = (step) => {
  const { inputs: [a, b], gradient } = step;
  return [() => summedTo(step, a, gradient), () => summedTo(step, b, gradient)];
};

/** d(a + b + …) = da + db + … */
export const sum: Rule = (step) =>
  step.inputs.map((input) => () => summedTo(step, input, step.gradient));

/** d(a - b) = da - db. */
export const subtract: Rule = (step) => {
  const { graph, inputs: [a, b], gradient } = step;
  return [
    () => summedTo(step, a, gradient),
    () => summedTo(step, b, graph.node("Neg", [gradient])),
  ];
};

/** d(a b) = b da + a db. */
export const multiply: Rule = (step) => {
  const { graph, inputs: [a, b], gradient } = step;
  return [
    () => summedTo(step, a, graph.node("Mul", [gradient, b])),
    () => summedTo(step, b, graph.node("Mul", [gradient, a])),
  ];
};

/** d(a / b) = da / b - (a / b) db / b. */
export const divide: Rule = (step) => {
  const { graph, node, inputs: [a, b], gradient } = step;
  const share = () => graph.node("Div", [gradient, b]);
  return [
    () => summedTo(step, a, share()),
    () => summedTo(step, b, graph.node("Neg", [graph.node("Mul", [share(), node.outputs[0]])])),
  ];
};

/** d(-a) = -da. */
export const negate: Rule = ({ graph, gradient }) => [() => graph.node("Neg", [gradient])];

/** d√a = da / (2 √a). */
export const squareRoot: Rule = ({ graph, node, gradient }) => [
  () =>
    graph.node("Div", [
      graph.node("Mul", [gradient, graph.scalar(0.5, gradient.type)]),
      node.outputs[0],
    ]),
];

/** d exp(a) = exp(a) da. */
export const exponential: Rule = (
  { graph, node, gradient },
) => [() => graph.node("Mul", [gradient, node.outputs[0]])];

/** d log(a) = da / a. */
export const logarithm: Rule = (
  { graph, inputs: [a], gradient },
) => [() => graph.node("Div", [gradient, a])];

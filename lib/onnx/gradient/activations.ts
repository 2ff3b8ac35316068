import type { Graph, Value } from "../graph.ts";
import type { Rule } from "./rule.ts";

/** `Softmax` p of x: dx = p (dp - Σ p dp), with the sum along the operator's axis. */
export const softmax: Rule = ({ graph, node: { attributes, outputs: [p] }, gradient }) => [
  () => {
    const total = sumAlong(graph, graph.node("Mul", [p, gradient]), attributes.axis as number);
    return graph.node("Mul", [p, graph.node("Sub", [gradient, total])]);
  },
];

/** `LogSoftmax` l of x: dx = dl - exp(l) Σ dl, with the sum along the operator's axis. */
export const logSoftmax: Rule = ({ graph, node: { attributes, outputs: [logs] }, gradient }) => [
  () => {
    const total = sumAlong(graph, gradient, attributes.axis as number);
    return graph.node("Sub", [gradient, graph.node("Mul", [graph.node("Exp", [logs]), total])]);
  },
];

/** `Relu`: the gradient if x > 0, else 0. The derivative at 0 is taken to be 0. */
export const relu: Rule = ({ graph, inputs: [x], gradient }) => [
  () => {
    const zero = graph.scalar(0, x.type);
    const positive = graph.node("Greater", [x, zero], {}, { type: "bool" });
    return graph.node("Where", [positive, gradient, zero], {}, { type: x.type });
  },
];

/** `Sigmoid` y = σ(x): dx = y (1 - y) dy. */
export const sigmoid: Rule = ({ graph, node: { outputs: [y] }, gradient }) => [
  () =>
    graph.node("Mul", [
      graph.node("Mul", [gradient, y]),
      graph.node("Sub", [graph.scalar(1, y.type), y]),
    ]),
];

/** `Tanh` y = tanh(x): dx = (1 - y²) dy. */
export const tanh: Rule = ({ graph, node: { outputs: [y] }, gradient }) => [
  () =>
    graph.node("Mul", [
      gradient,
      graph.node("Sub", [graph.scalar(1, y.type), graph.node("Mul", [y, y])]),
    ]),
];

/**
 * ONNX Runtime's `QuickGelu` y = x σ(αx): dx = (αy + σ(αx) (1 - αy)) dy. With α = 1 the operator is
 * SiLU.
 */
export const quickGelu: Rule = (
  { graph, node: { attributes, outputs: [y] }, inputs: [x], gradient },
) => {
  const alpha = (attributes.alpha as { float: number }).float;
  const scaled = (value: Value) =>
    alpha === 1 ? value : graph.node("Mul", [value, graph.scalar(alpha)]);
  return [
    () => {
      const sigmoid = graph.node("Sigmoid", [scaled(x)]);
      const ay = scaled(y);
      const rest = graph.node("Mul", [sigmoid, graph.node("Sub", [graph.scalar(1), ay])]);
      return graph.node("Mul", [gradient, graph.node("Add", [ay, rest])]);
    },
  ];
};

/** `Gelu` y = x Φ(x) with the normal distribution's Φ, either exact or approximated by tanh. */
export const gelu: Rule = ({ graph, node: { attributes }, inputs: [x], gradient }) => [
  () => {
    const slope = attributes.approximate === "tanh"
      ? tanhGeluSlope(graph, x)
      : exactGeluSlope(graph, x);
    return graph.node("Mul", [gradient, slope]);
  },
];

/** The slope of the exact Gelu: Φ(x) + x φ(x), with the density φ(x) = exp(-x²/2) / √(2π). */
function exactGeluSlope(graph: Graph, x: Value): Value {
  const { times, plus } = arithmetic(graph);
  const half = graph.node("Erf", [times(x, Math.SQRT1_2)]);
  const density = graph.node("Exp", [times(graph.node("Mul", [x, x]), -0.5)]);
  return graph.node("Add", [
    plus(times(half, 0.5), 0.5),
    times(graph.node("Mul", [x, density]), Math.sqrt(0.5 / Math.PI)),
  ]);
}

/**
 * The slope of the approximated Gelu. The curve is y = x σ(v) with v = a x + b x³, a = 2 √(2/π) and
 * b = 0.044715 a, so dy/dx = σ + σ (1 - σ) x v', where x v' = v + 2 b x³ = 3 v - 2 a x.
 */
function tanhGeluSlope(graph: Graph, x: Value): Value {
  const { times, plus } = arithmetic(graph);
  const a = 2 * Math.sqrt(2 / Math.PI);
  const b = 0.044715 * a;
  const v = graph.node("Mul", [x, plus(times(graph.node("Mul", [x, x]), b), a)]);
  const sigmoid = graph.node("Sigmoid", [v]);
  const steep = graph.node("Mul", [sigmoid, graph.node("Sub", [graph.scalar(1), sigmoid])]);
  const along = graph.node("Sub", [times(v, 3), times(x, 2 * a)]);
  return graph.node("Add", [sigmoid, graph.node("Mul", [steep, along])]);
}

/** Products and sums of a value and a constant. */
function arithmetic(graph: Graph) {
  return {
    times: (value: Value, number: number) => graph.node("Mul", [value, graph.scalar(number)]),
    plus: (value: Value, number: number) => graph.node("Add", [value, graph.scalar(number)]),
  };
}

/** The sum along an axis, which keeps size 1. */
function sumAlong(graph: Graph, value: Value, axis: number): Value {
  return graph.node("ReduceSum", [value, graph.integers(axis)], { keepdims: 1 });
}

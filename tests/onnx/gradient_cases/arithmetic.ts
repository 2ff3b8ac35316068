import type { GradientCase } from "../central_differences.ts";

/** Sizes of two operands, in every kind of broadcasting. */
const pairs: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  "equal sizes": [[2, 3], [2, 3]],
  "leading axes missing on the right": [[2, 3, 2], [2]],
  "leading axes missing on the left": [[3], [2, 3]],
  "a size of 1 on the right": [[2, 3], [2, 1]],
  "a size of 1 on both sides": [[2, 1, 3], [1, 4, 3]],
  "missing on one side, a size of 1 on the other": [[1, 2], [3, 1, 2]],
  "a scalar on the right": [[2, 3], []],
  "a scalar on the left": [[], [2, 2]],
  "a scalar and a list of one": [[], [1]],
  "sizes of 1 throughout": [[1, 1], [1]],
};

function ofTwo(op: string, number?: (x: number) => number): GradientCase[] {
  return Object.entries(pairs).map(([name, [a, b]]) => ({
    name,
    inputs: { a, b },
    number,
    write: (graph, { a, b }) => graph.node(op, [a, b]),
  }));
}

function ofOne(op: string, number?: (x: number) => number): GradientCase[] {
  const name = "item by item";
  return [{ name, inputs: { x: [2, 3] }, number, write: (graph, { x }) => graph.node(op, [x]) }];
}

const positive = (x: number) => 0.7 + Math.abs(x);

/** Item by item. */
export const arithmetic: Readonly<Record<string, readonly GradientCase[]>> = {
  Add: ofTwo("Add"),
  Sub: ofTwo("Sub"),
  Mul: [...ofTwo("Mul"), {
    name: "a value by itself",
    inputs: { x: [2, 3] },
    write: (graph, { x }) => graph.node("Mul", [x, x]),
  }],
  Div: ofTwo("Div", positive),
  Sum: [
    {
      name: "of three, broadcast",
      inputs: { a: [2, 3], b: [3], c: [2, 1] },
      write: (graph, { a, b, c }) => graph.node("Mul", [graph.node("Sum", [a, b, c]), a]),
    },
    { name: "of one", inputs: { a: [2] }, write: (graph, { a }) => graph.node("Sum", [a]) },
  ],
  Neg: ofOne("Neg"),
  Sqrt: ofOne("Sqrt", positive),
  Exp: ofOne("Exp"),
  Log: ofOne("Log", positive),
  Sigmoid: ofOne("Sigmoid"),
  Tanh: ofOne("Tanh"),
  // No difference is taken across the kink at 0.
  Relu: ofOne("Relu", (x) => x + Math.sign(x) / 2),
};

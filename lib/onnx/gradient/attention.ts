import { CircuitbookError } from "../../base/errors.ts";
import type { Graph, Value } from "../graph.ts";
import { summedTo } from "./broadcasting.ts";
import { transposedProduct, transposedResult } from "./matrices.ts";
import { once, type Rule, shapeValue, type Step } from "./rule.ts";

/**
 * `Attention` of queries, keys and values [batch, position, head × d_head], behind those of earlier positions where there are
 * some. The operator gives out its pattern P, so that nothing is computed twice. With Z = P V the gradient of the scores is
 * P (dZ Vᵀ - Σ dZ Z): T. Dao et al., FlashAttention (arXiv 2205.14135), B.4.
 *
 * @throws CircuitbookError for an operator on four axes, or with a scale or a cap of its own.
 */
export const attention: Rule = (step) => {
  const { graph, node, inputs: [q, k, v, bias, past], gradient } = step;
  const { heads, kvHeads, headSize, valueSize } = sizesOf(step);
  const scale = headSize ** -0.5;
  const [keys, values] = past
    ? [1, 2].map((output) => graph.anotherOutput(node, output))
    : [headsFirst(graph, k, kvHeads, headSize), headsFirst(graph, v, kvHeads, valueSize)];
  // Each key/value head serves a group of neighbouring heads, whose queries are stacked.
  const stacked = (value: Value, size: number) =>
    graph.node("Reshape", [
      headsFirst(graph, value, heads, size),
      graph.integers(0, kvHeads, -1, size),
    ]);
  const whole = graph.anotherOutput(node, 3, { qk_matmul_output_mode: SCORES_AFTER_SOFTMAX });
  const keyCount = shapeValue(graph, keys, { start: 2, end: 3 });
  const grid = graph.node("Concat", [graph.integers(0, kvHeads, -1), keyCount], { axis: 0 }, {
    type: "int64",
  });
  const pattern = graph.node("Reshape", [whole, grid]);
  const dz = stacked(gradient, valueSize);
  const dScores = once(() => {
    const weighted = graph.node("Mul", [gradient, node.outputs[0]]);
    const byHead = graph.node("Reshape", [weighted, graph.integers(0, 0, heads, valueSize)]);
    const sums = stacked(graph.node("ReduceSum", [byHead, graph.integers(-1)], { keepdims: 0 }), 1);
    const dPattern = transposedProduct(graph, [dz, false], [values, true]);
    return graph.node("Mul", [pattern, graph.node("Sub", [dPattern, sums])]);
  });
  // Aᵀ B as (Bᵀ A)ᵀ, which is faster where B is narrow.
  const overQueries = (a: Value, b: Value, scale: number) =>
    transposedResult(graph, 4, transposedProduct(graph, [b, true], [a, false], scale));
  const dKeys = once(() => overQueries(dScores(), stacked(q, headSize), scale));
  const dValues = once(() => overQueries(pattern, dz, 1));
  return [
    () => {
      const dQueries = transposedProduct(graph, [dScores(), false], [keys, false], scale);
      return positionsFirst(
        graph,
        graph.node("Reshape", [dQueries, graph.integers(0, heads, -1, headSize)]),
        q,
      );
    },
    () => positionsFirst(graph, part(step, dKeys(), 1, "new"), k),
    () => positionsFirst(graph, part(step, dValues(), 2, "new"), v),
    bias && (() => {
      const asBias = graph.node("Reshape", [dScores(), shapeValue(graph, whole)]);
      return summedTo({ ...step, shapes: new Map() }, bias, asBias);
    }),
    () => part(step, dKeys(), 1, "past"),
    () => part(step, dValues(), 2, "past"),
  ];
};

/** ONNX's number for what `Attention` gives out as its fourth output. */
const SCORES_AFTER_SOFTMAX = 3;

/** How many heads there are, and their sizes. */
function sizesOf({ node: { attributes, name }, shapes, inputs: [q, , v] }: Step) {
  const heads = Number(attributes.q_num_heads);
  const kvHeads = Number(attributes.kv_num_heads);
  const headSize = Number(shapes.get(q.name)?.[2]) / heads;
  const valueSize = Number(shapes.get(v.name)?.[2]) / kvHeads;
  if (headSize > 0 && valueSize > 0 && !attributes.scale && !attributes.softcap) {
    return { heads, kvHeads, headSize, valueSize };
  }
  throw new CircuitbookError(
    `Expected Attention of [batch, position, head × d_head] with known head sizes but found "${name}"; write it operator ` +
      "by operator.",
  );
}

/** [batch, position, head × size] as [batch, head, position, size]. */
function headsFirst(graph: Graph, value: Value, heads: number, size: number): Value {
  const byHead = graph.node("Reshape", [value, graph.integers(0, 0, heads, size)]);
  return graph.node("Transpose", [byHead], { perm: [0, 2, 1, 3] });
}

/** [batch, head, position, size] in the shape of an input, [batch, position, head × size]. */
function positionsFirst(graph: Graph, value: Value, input: Value): Value {
  return graph.node("Reshape", [
    graph.node("Transpose", [value], { perm: [0, 2, 1, 3] }),
    shapeValue(graph, input),
  ]);
}

/**
 * The part of a gradient of all keys or values, [batch, kv_head, key, size], that belongs to earlier positions or to new ones.
 *
 * @param output number of the operator's output that has them all: what depends on that counts too.
 */
function part(
  { graph, inputs, gradients }: Step,
  whole: Value,
  output: 1 | 2,
  which: "past" | "new",
): Value {
  const past = inputs[output + 3];
  const given = gradients[output];
  const sum = given ? graph.node("Add", [whole, given]) : whole;
  if (!past) return sum;
  const end = shapeValue(graph, past, { start: 2, end: 3 });
  const [from, to] = which === "past" ? [graph.integers(0), end] : [end, graph.integers(2 ** 31)];
  return graph.node("Slice", [sum, from, to, graph.integers(2)]);
}

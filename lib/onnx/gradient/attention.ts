import { CircuitbookError } from "../../base/errors.ts";
import type { Graph, Value } from "../graph.ts";
import { summedTo } from "./broadcasting.ts";
import { transposedProduct, transposedResult } from "./matrices.ts";
import { once, type Rule, shapeValue, type Step } from "./rule.ts";

/**
 * `Attention` of queries, keys and values [batch, position, head × d_head], with or without cached
 * keys and values of earlier positions. The operator is made to output its pattern P as well, so
 * that the backward pass does not compute P again. With Z = P V, the gradient by the scores is P
 * (dZ Vᵀ - Σ dZ Z).
 *
 * Source: T. Dao et al., FlashAttention (arXiv 2205.14135), appendix B.4.
 *
 * @throws CircuitbookError if the operands have four axes, or if the operator has its own `scale`
 * or `softcap`.
 */
export const attention: Rule = (step) => {
  const { graph, node, inputs: [q, k, v, bias, past], gradient } = step;
  const { heads, kvHeads, headSize, valueSize } = sizesOf(step);
  const scale = headSize ** -0.5;
  const [keys, values] = past
    ? [1, 2].map((output) => graph.anotherOutput(node, output))
    : [headsFirst(graph, k, kvHeads, headSize), headsFirst(graph, v, kvHeads, valueSize)];
  // Each key/value head serves a group of neighbouring heads: the queries of a group are stacked
  // along the position axis, so that keys and values are not repeated.
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
  // Aᵀ B is written as (Bᵀ A)ᵀ, which is faster for a narrow B (see `productOverRows`).
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
      // The bias is broadcast over the scores, not over the operator's output, whose shape is
      // withheld.
      const asBias = graph.node("Reshape", [dScores(), shapeValue(graph, whole)]);
      return summedTo({ ...step, shapes: new Map() }, bias, asBias);
    }),
    () => part(step, dKeys(), 1, "past"),
    () => part(step, dValues(), 2, "past"),
  ];
};

/** The value of `qk_matmul_output_mode` that makes `Attention`'s fourth output the pattern. */
const SCORES_AFTER_SOFTMAX = 3;

/** Returns the numbers and the sizes of the heads. */
function sizesOf({ node: { attributes, name }, shapes, inputs: [q, , v] }: Step) {
  const heads = Number(attributes.q_num_heads);
  const kvHeads = Number(attributes.kv_num_heads);
  const headSize = Number(shapes.get(q.name)?.[2]) / heads;
  const valueSize = Number(shapes.get(v.name)?.[2]) / kvHeads;
  if (headSize > 0 && valueSize > 0 && !attributes.scale && !attributes.softcap) {
    return { heads, kvHeads, headSize, valueSize };
  }
  throw new CircuitbookError(
    `Expected Attention of [batch, position, head × d_head] with known head sizes, without scale and softcap, but found "${name}"; write the attention operator by operator.`,
  );
}

/** Returns [batch, position, head × size] as [batch, head, position, size]. */
function headsFirst(graph: Graph, value: Value, heads: number, size: number): Value {
  const byHead = graph.node("Reshape", [value, graph.integers(0, 0, heads, size)]);
  return graph.node("Transpose", [byHead], { perm: [0, 2, 1, 3] });
}

/**
 * Returns [batch, head, position, size] in the shape of an operand, [batch, position, head × size].
 */
function positionsFirst(graph: Graph, value: Value, input: Value): Value {
  return graph.node("Reshape", [
    graph.node("Transpose", [value], { perm: [0, 2, 1, 3] }),
    shapeValue(graph, input),
  ]);
}

/**
 * Returns the cached or the new part of the gradient by all keys or values.
 *
 * @param whole the gradient by all keys or all values through the attention, [batch, kv_head, key,
 * size].
 * @param output which output of the operator holds all keys (1) or all values (2). Later nodes may
 * read this output as well; the gradient that they send is added.
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

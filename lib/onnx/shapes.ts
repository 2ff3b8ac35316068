import { checkArguments } from "../base/arguments.ts";
import { aGraph } from "./kinds.ts";
import { broadcast, type Dimensions, fresh, productOfSizes, quotient } from "./dimensions.ts";
import type { Attributes, Graph, Node } from "./graph.ts";

/**
 * Returns the shapes of a graph's values as far as they are known before the graph runs. An unknown
 * size is a name, and equal names are equal sizes.
 *
 * @param graph the graph; the graph is not changed.
 * @returns the shapes by the names of the values. A value whose number of axes is unknown has no
 * entry.
 *
 * @example
 * ```ts
 * import * as onnx from "circuitbook/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new onnx.Graph("sum");
 * const x = graph.input("x", "float32", ["n", 3]);
 * const sum = graph.node("ReduceSum", [x, graph.integers(1)], { keepdims: 0 });
 * assertEquals(onnx.shapesOf(graph).get(sum.name), ["n"]);
 * ```
 */
export function shapesOf(graph: Graph): ReadonlyMap<string, Dimensions> {
  checkArguments("shapesOf", { graph: [graph, aGraph] });

  const shapes = new Map<string, Dimensions>();
  const integers = new Map<string, Dimensions>();
  for (const { value, shape } of graph.inputs) if (shape) shapes.set(value.name, shape);
  for (const { value, shape } of [...graph.constants, ...graph.externals]) {
    shapes.set(value.name, shape);
  }
  for (const { value, data } of graph.constants) {
    if (data instanceof BigInt64Array) integers.set(value.name, [...data].map(Number));
  }
  const before = new Map(graph.cuts.map((cut) => [cut.after.name, cut.before.name]));
  // A function edit returns a value of the shape that it was given.
  const shapeOf = (name: string): Dimensions | undefined => {
    const found = shapes.get(name) ?? (before.has(name) ? shapeOf(before.get(name)!) : undefined);
    if (found) shapes.set(name, found);
    return found;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => input && shapeOf(input.name));
    const known = node.inputs.map((input) => input && integers.get(input.name));
    const numbers = integerValues(node, inputs, known);
    if (numbers) integers.set(node.outputs[0].name, numbers);
    const outputs = numbers ? [[numbers.length]] : outputShapes(node, inputs, known);
    node.outputs.forEach(({ name }, i) => outputs?.[i] && shapes.set(name, outputs[i]));
  }
  return shapes;
}

/** What is known of each operand; undefined for an operand that is unknown or left out. */
type Known = readonly (Dimensions | undefined)[];

/**
 * Returns the list of sizes that an operator on shapes computes, if it is known. Graphs reshape by
 * lists that they compute from `Shape`, so shapes can be followed through `Reshape` only with these
 * lists.
 */
function integerValues(
  { op, attributes }: Node,
  [shape]: Known,
  known: Known,
): Dimensions | undefined {
  if (op === "Shape") {
    return shape?.slice(attributes.start as number ?? 0, attributes.end as number | undefined);
  }
  if (op === "Concat" && known.every((list) => list)) return known.flatMap((list) => list!);
  if (op === "Gather" && known[0] && known[1]) {
    return known[1].map((index) => known[0]!.at(Number(index))!);
  }
  return undefined;
}

/**
 * Returns the shapes of an operator's outputs, or undefined if they are unknown.
 *
 * @param inputs the shapes of the operands.
 * @param known the numbers that operands hold, for operands that are lists of integers.
 */
function outputShapes(
  node: Node,
  inputs: Known,
  known: Known,
): (Dimensions | undefined)[] | undefined {
  const [first, second] = inputs;
  const { attributes } = node;
  switch (node.op) {
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
    case "Sum":
    case "Where":
      return inputs.every((shape) => shape)
        ? [inputs.reduce((a, b) => broadcast(a!, b!))]
        : undefined;
    case "Expand":
      return first && known[1] && [broadcast(first, known[1])];
    case "Unsqueeze":
      return first && known[1] && [unsqueezed(first, known[1].map(Number))];
    case "Attention":
      return attentionShapes(inputs, attributes);
    case "Gemm":
      return first && second &&
        [[first[attributes.transA ? 1 : 0], second[attributes.transB ? 0 : 1]]];
    case "MatMul":
      return first && second && [matMulShape(first, second)];
    case "Reshape":
      return first && known[1] && [reshaped(first, known[1])];
    case "Transpose":
      return first && [(attributes.perm as readonly number[]).map((axis) => first[axis])];
    case "Gather":
      return first && second && [gathered(first, second, Number(attributes.axis ?? 0))];
    case "GatherElements":
      return second && [second];
    case "ReduceSum":
    case "ReduceMean":
      if (!node.inputs[1]) return first && [attributes.keepdims === 0 ? [] : first.map(() => 1)];
      return first && known[1] && [reduced(first, known[1].map(Number), attributes.keepdims !== 0)];
    case "Concat":
      return inputs.every((shape) => shape)
        ? [joined(inputs as Dimensions[], Number(attributes.axis))]
        : undefined;
    case "Slice":
      return known[3] && [resized(first, Number(known[3][0]))];
    case "Split":
      return first && known[1] &&
        known[1].map((size) => first.toSpliced(axisOf(first, attributes.axis), 1, size));
    default:
      return KEEPS_SHAPE.has(node.op) ? [first] : undefined;
  }
}

/** Operators whose output has the shape of their first input. */
const KEEPS_SHAPE = new Set([
  "Cast",
  "Identity",
  "Neg",
  "Sqrt",
  "Exp",
  "Log",
  "Relu",
  "Gelu",
  "QuickGelu",
  "Sigmoid",
  "Tanh",
  "Softmax",
  "LogSoftmax",
  "SimplifiedLayerNormalization",
  "LayerNormalization",
  "RotaryEmbedding",
]);

function matMulShape(a: Dimensions, b: Dimensions): Dimensions {
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

/**
 * Returns the shapes of `Attention`'s outputs: the result [batch, position, head × d_head], and the
 * keys and values of all positions.
 */
function attentionShapes(
  [q, , v, , ...past]: Known,
  { q_num_heads: heads, kv_num_heads: kvHeads }: Attributes,
) {
  if (q?.length !== 3 || typeof v?.[2] !== "number") return undefined;
  return [
    [q[0], q[1], v[2] / Number(kvHeads) * Number(heads)],
    ...past.map((earlier) => resized(earlier, 2)),
  ];
}

/**
 * The shape after `Reshape`: a 0 in the target keeps the axis's size, and -1 takes the remaining
 * size.
 */
function reshaped(shape: Dimensions, target: Dimensions): Dimensions {
  const kept = target.map((size, axis) => size === 0 ? shape[axis] : size);
  const others = productOfSizes(kept.filter((size) => size !== -1));
  return kept.map((size) => size === -1 ? quotient(productOfSizes(shape), others) : size);
}

function gathered(shape: Dimensions, indices: Dimensions, axis: number): Dimensions {
  return shape.toSpliced(axisOf(shape, axis), 1, ...indices);
}

function reduced(shape: Dimensions, axes: readonly number[], keep: boolean): Dimensions {
  const gone = new Set(axes.map((axis) => axisOf(shape, axis)));
  return shape.flatMap((size, axis) => gone.has(axis) ? keep ? [1] : [] : [size]);
}

/** A shape with an axis of size 1 inserted at each of the given axes. */
function unsqueezed(shape: Dimensions, axes: readonly number[]): Dimensions {
  const rank = shape.length + axes.length;
  const rest = [...shape];
  const added = new Set(axes.map((axis) => axis < 0 ? axis + rank : axis));
  return Array.from({ length: rank }, (_, axis) => added.has(axis) ? 1 : rest.shift()!);
}

/** The shape of values that are concatenated along an axis. */
function joined(shapes: readonly Dimensions[], axis: number): Dimensions {
  const [first] = shapes;
  const at = axisOf(first, axis);
  const sizes = shapes.map((shape) => shape[at]);
  const sum = sizes.reduce((a, b) =>
    typeof a === "number" && typeof b === "number" ? a + b : fresh()
  );
  return first.toSpliced(at, 1, sum);
}

/** A shape with an unknown size along one axis. */
function resized(shape: Dimensions | undefined, axis: number): Dimensions | undefined {
  return shape?.toSpliced(axisOf(shape, axis), 1, fresh());
}

function axisOf(shape: Dimensions, axis: unknown): number {
  return Number(axis) < 0 ? shape.length + Number(axis) : Number(axis);
}

import { checkArguments, is } from "../../base/arguments.ts";
import { aGraph, aValue } from "../kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { ElementType, Graph, Node, Value } from "../graph.ts";
import { shapesOf } from "../shapes.ts";
import { filledLike } from "./rule.ts";
import { ruleOf } from "./rules.ts";

/**
 * Adds to a graph the gradients of one value with respect to others (reverse-mode differentiation),
 * and returns the gradients. Only operators that these gradients need are added.
 *
 * A value with axes is summed first: the gradients are those of its sum, or with `seed` of its sum
 * weighted item by item.
 *
 * @param graph the graph; nodes are appended to the graph.
 * @param of the f32 value to differentiate, usually a scalar.
 * @param by f32 values of the graph to differentiate by: inputs, weights, or outputs of nodes.
 * @param seed the weight of each item of `of`, in the shape of `of`; by default 1.
 * @returns one gradient for each value of `by`, in the order and the shapes of `by`.
 * @throws CircuitbookError if an operator between `by` and `of` has no rule, or if a function of
 *   TypeScript changes a value there.
 *
 * @example
 * ```ts
 * import * as onnx from "circuitbook/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new onnx.Graph("square");
 * const x = graph.input("x", "float32", ["n"]);
 * const [slope] = onnx.gradients(graph, graph.node("Mul", [x, x]), [x]);
 * graph.output("slope", slope, ["n"]);
 * assertEquals(slope.type, "float32");
 * ```
 */
export function gradients(graph: Graph, of: Value, by: readonly Value[], seed?: Value): Value[] {
  checkArguments("gradients", {
    graph: [graph, aGraph],
    of: [of, aValue],
    by: [by, is.listOf(aValue)],
    seed: [seed, is.optional(aValue)],
  });

  // A copy: the rules append nodes to the graph while this function walks over the forward nodes.
  const nodes = [...graph.nodes];
  const shapes = shapesOf(graph);
  const depends = dependents(graph, by);
  refuseCuts(graph, of, depends);
  // A value that several nodes read gets the sum of the gradients that they send. Nodes are in an
  // order in which they can run, so walking backwards meets a value's readers before the node that
  // computes it.
  const sums = new Map<string, Value>();
  const collect = (value: Value, gradient: Value) => {
    const sum = sums.get(value.name);
    sums.set(value.name, sum ? graph.node("Add", [sum, gradient]) : gradient);
  };
  collect(of, seed ?? filledLike(graph, of, 1));
  for (const node of nodes.toReversed()) {
    const given = node.outputs.map(({ name }) => sums.get(name));
    if (!given.some((gradient) => gradient)) continue;
    if (!node.inputs.some((input) => input && depends.has(input.name))) continue;
    const step = {
      graph,
      node,
      shapes,
      inputs: node.inputs as Value[],
      gradient: given[0]!,
      gradients: given,
    };
    graph.scope(`gradient of ${node.name}`, () => {
      const writers = ruleOf(node)(step);
      node.inputs.forEach((input, i) => {
        const write = input && depends.has(input.name) ? writers[i] : undefined;
        if (input && write) collect(input, write());
      });
    });
  }
  return by.map((value) => sums.get(value.name) ?? filledLike(graph, value, 0));
}

const FLOATS: ReadonlySet<ElementType> = new Set(["float32", "float64", "float16", "bfloat16"]);

/** The names of the floating-point values that depend on `by`, with `by` among them. */
function dependents({ nodes, cuts }: Graph, by: readonly Value[]): ReadonlySet<string> {
  const names = new Set(by.map(({ name }) => name));
  const visit = ({ inputs, outputs }: Node) => {
    if (!inputs.some((input) => input && names.has(input.name))) return;
    for (const { name, type } of outputs) if (FLOATS.has(type)) names.add(name);
  };
  const after = new Map(cuts.map((cut) => [cut.before.name, cut.after.name]));
  for (const node of nodes) {
    visit(node);
    for (const { name } of node.outputs) {
      if (names.has(name) && after.has(name)) names.add(after.get(name)!);
    }
  }
  return names;
}

/** Throws if a function of TypeScript changes a value between `by` and `of`. */
function refuseCuts({ cuts, nodes }: Graph, of: Value, depends: ReadonlySet<string>): void {
  const needed = new Set([of.name]);
  for (const { inputs, outputs } of nodes.toReversed()) {
    if (outputs.some(({ name }) => needed.has(name))) {
      inputs.forEach((input) => input && needed.add(input.name));
    }
  }
  const cut = cuts.find(({ before, after }) => depends.has(before.name) && needed.has(after.name));
  if (!cut) return;
  throw new CircuitbookError(
    `Expected operators alone between the metric and the activation but found the function "${cut.name}", which has no gradient; leave that edit out.`,
  );
}

import { CircuitbookError } from "../../base/errors.ts";
import type { Dimensions } from "../dimensions.ts";
import type { Graph, Node, Value } from "../graph.ts";

/** A node through which gradients are being propagated. */
export interface Step {
  readonly graph: Graph;
  readonly node: Node;
  /** The operands; an operand that was left out is undefined. */
  readonly inputs: readonly Value[];
  /** The gradient by the node's first output. */
  readonly gradient: Value;
  /**
   * The gradients by all outputs; undefined for an output that the differentiated value does not
   * depend on.
   */
  readonly gradients: readonly (Value | undefined)[];
  /** The known shapes of the graph's values, by name. */
  readonly shapes: ReadonlyMap<string, Dimensions>;
}

/**
 * The derivative of an operator: returns for each operand a function that writes the gradient by
 * that operand. The function is called only if that gradient is needed. Operands without a gradient
 * (shapes, indices) are undefined.
 */
export type Rule = (step: Step) => readonly ((() => Value) | undefined)[];

/**
 * Returns the number of axes of a value.
 *
 * @throws CircuitbookError if the number is unknown before the graph runs.
 */
export function rankOf({ shapes, node }: Step, value: Value): number {
  const shape = shapes.get(value.name);
  if (shape) return shape.length;
  throw new CircuitbookError(
    `Expected a known number of axes of "${value.name}" for the gradient of ${node.op} (${node.name}) but found none; declare the shapes of the graph's inputs.`,
  );
}

/**
 * Returns the shape of a value at a run, int64 [axis], or the axes from `start` up to `end` of it.
 */
export function shapeValue(
  graph: Graph,
  value: Value,
  part: { start?: number; end?: number } = {},
): Value {
  return graph.node("Shape", [value], part, { type: "int64" });
}

/** Returns the size of a value along an axis at a run, int64 [1]. */
export function sizeAlong(graph: Graph, value: Value, axis: number): Value {
  return graph.node("Gather", [shapeValue(graph, value), graph.integers(axis)], { axis: 0 }, {
    type: "int64",
  });
}

/** Returns a value that holds one number everywhere, in the shape of another value. */
export function filledLike(graph: Graph, value: Value, number: number): Value {
  return graph.node("Expand", [graph.scalar(number, value.type), shapeValue(graph, value)]);
}

/** Returns a function that calls `make` the first time and returns that first result ever after. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

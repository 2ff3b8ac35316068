import { CircuitbookError } from "../../base/errors.ts";
import type { Dimensions } from "../dimensions.ts";
import type { Graph, Node, Value } from "../graph.ts";

/** An operator whose derivative is being written. */
export interface Step {
  readonly graph: Graph;
  readonly node: Node;
  /** The operator's inputs; those it was not given are undefined. */
  readonly inputs: readonly Value[];
  /** The gradient of the operator's first output. */
  readonly gradient: Value;
  /** The gradients of all its outputs: undefined where the scalar does not depend on one. */
  readonly gradients: readonly (Value | undefined)[];
  /** What is known of shapes. */
  readonly shapes: ReadonlyMap<string, Dimensions>;
}

/**
 * How an operator's gradient flows back: for each input a function that writes its gradient, called where that is asked
 * for. Inputs that have none (shapes, indices) are undefined.
 */
export type Rule = (step: Step) => readonly ((() => Value) | undefined)[];

/** The number of axes of a value. @throws CircuitbookError when it cannot be told before the graph runs. */
export function rankOf({ shapes, node }: Step, value: Value): number {
  const shape = shapes.get(value.name);
  if (shape) return shape.length;
  throw new CircuitbookError(
    `Expected to know how many axes "${value.name}" has, for the gradient of ${node.op} (${node.name}), but it cannot be told.`,
  );
}

/** The shape of a value, as int64 [axis], when the graph runs; or a part of it. */
export function shapeValue(
  graph: Graph,
  value: Value,
  part: { start?: number; end?: number } = {},
): Value {
  return graph.node("Shape", [value], part, { type: "int64" });
}

/** A value of one number everywhere, in the shape of another. */
export function filledLike(graph: Graph, value: Value, number: number): Value {
  return graph.node("Expand", [graph.scalar(number, value.type), shapeValue(graph, value)]);
}

/** A function that is called at most once, for all who ask. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

import { product } from "../../base/lists.ts";

/**
 * Returns the number of a model's parameters: of all numbers in its weights.
 *
 * @param shapes the shape of each weight.
 */
export function parameterCount(shapes: ReadonlyMap<string, readonly number[]>): number {
  return [...shapes.values()].reduce((sum, shape) => sum + product(shape), 0);
}

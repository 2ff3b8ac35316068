import { checkArguments, is } from "../base/arguments.ts";

/**
 * A vector to steer with, [d_model]; or a function that returns the vector for a layer and a row of
 * the batch, both from 0.
 */
export type SteeringVector =
  | ArrayLike<number>
  | ((layer: number, row: number) => ArrayLike<number>);

/**
 * Returns the vector for one layer and one row.
 *
 * @throws CircuitbookError if the vector is no list of numbers.
 */
export function vectorAt(vector: SteeringVector, layer: number, row: number): ArrayLike<number> {
  const found = typeof vector === "function" ? vector(layer, row) : vector;
  checkArguments("a steering sweep", { vector: [found, is.numbers] });
  return found;
}

import { checkArguments, is } from "../base/arguments.ts";
import { Tensor } from "../base/tensor.ts";

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

/**
 * Returns what is added to one position of each row of a batch.
 *
 * @param rows the number of rows.
 * @param dModel the width of the residual stream.
 * @param vectorOf returns what is added to a row, [d_model].
 * @returns the vectors, [batch, position 1, d_model].
 */
export function shiftOfRows(
  rows: number,
  dModel: number,
  vectorOf: (row: number) => ArrayLike<number>,
): Tensor {
  const data = new Float32Array(rows * dModel);
  for (let row = 0; row < rows; row++) data.set(vectorOf(row), row * dModel);
  return new Tensor(data, { batch: rows, position: 1, d_model: dModel });
}

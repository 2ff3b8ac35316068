import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import type { NearNeuron } from "./nearest_neurons.ts";

/** What one neuron writes along a direction in one example. */
export interface Written {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** The example, from 0. */
  example: number;
  /** The activation of the neuron. */
  activation: number;
  /** The activation times the component of the value vector along the direction. */
  written: number;
}

/**
 * Returns what neurons write along a direction, example by example.
 *
 * @param activations [example, neuron], of the neurons of the table, in its order.
 * @param near the neurons with `cosine` and `norm`, as {@link nearestNeurons} returns them for the
 * direction.
 * @returns a table with one row for each neuron and example.
 * @throws CircuitbookError if the sizes differ.
 *
 * @example
 * ```ts
 * import { neurons, tables, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const near = tables.tableOf([{ layer: 6, neuron: 425, rank: 1, cosine: 0.5, norm: 2 }]);
 * const activations = new Tensor(new Float32Array([3, -1]), { example: 2, neuron: 1 });
 * const table = neurons.writtenAlong(activations, near);
 * assertEquals(table.getColumn("written").toArray(), [3, -1]);
 * ```
 */
export function writtenAlong(activations: Tensor, near: TableOf<NearNeuron>): TableOf<Written> {
  checkArguments("writtenAlong", { activations: [activations, is.tensor], near: [near, is.table] });

  const found = rowsOf(near);
  const [examples, columns] = activations.shape;
  if (activations.shape.length !== 2 || columns !== found.length) {
    throw new CircuitbookError(
      `Expected activations [example, neuron ${found.length}] but found ${activations.describe()}.`,
    );
  }
  return tableOf(
    found.flatMap(({ layer, neuron, cosine, norm }, n) =>
      Array.from({ length: examples }, (_, example) => {
        const activation = activations.data[example * columns + n];
        return { layer, neuron, example, activation, written: activation * cosine * norm };
      })
    ),
  );
}

import type pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import type { Model } from "../model/model.ts";
import { resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { numberRows } from "../table/rows.ts";

/** A neuron of an MLP: its layer, and its index in that layer, both from 0. */
export type Neuron = readonly [layer: number, neuron: number];

/** Neurons as a list, or as a table with the columns `layer` and `neuron`. */
export type Neurons = readonly Neuron[] | pl.DataFrame;

/**
 * Returns the neurons of a table or list as [layer, neuron], in order, without repetitions.
 * {@link zeroNeurons} takes such a list.
 *
 * @param neurons a list, or a table with the columns `layer` and `neuron`.
 * @returns the distinct neurons.
 * @throws CircuitbookError if the table lacks one of the columns, or a number is not whole.
 *
 * @example
 * ```ts
 * import { neurons, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tables.tableOf([{ layer: 6, neuron: 425 }, { layer: 6, neuron: 425 }, {
 *   layer: 7,
 *   neuron: 3,
 * }]);
 * assertEquals(neurons.neuronsOf(table), [[6, 425], [7, 3]]);
 * ```
 */
export function neuronsOf(neurons: Neurons): [layer: number, neuron: number][] {
  checkArguments("neuronsOf", {
    neurons: [neurons, is.either(is.lists, is.table)],
  });

  const list = Array.isArray(neurons)
    ? neurons as readonly Neuron[]
    : numberRows(neurons as pl.DataFrame).map(({ layer, neuron }) => [layer, neuron] as const);
  const bad = list.find(([layer, neuron]) => !Number.isInteger(layer) || !Number.isInteger(neuron));
  if (bad) {
    throw new CircuitbookError(
      "Expected neurons as [layer, neuron], or a table with the columns layer and neuron, but found " +
        `${shown(bad)}.`,
    );
  }
  const distinct = new Map(
    list.map(([layer, neuron]) => [`${layer},${neuron}`, [layer, neuron] as [number, number]]),
  );
  return [...distinct.values()];
}

/**
 * Returns neurons as [layer, neuron] with indices from 0, without repetitions.
 *
 * @throws CircuitbookError if the list is empty, or a neuron does not exist in the model.
 */
export function checkedNeurons(model: Model, neurons: Neurons): [number, number][] {
  const list = neuronsOf(neurons);
  if (!list.length) throw new CircuitbookError("Expected at least one neuron but found none.");
  // Resolving may name a neuron twice: of 512 neurons, 425 and -87 are one.
  return neuronsOf(resolvedNeurons(list, model));
}

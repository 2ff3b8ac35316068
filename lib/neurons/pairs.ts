import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { resolvedNeurons } from "../model/plan/heads_and_neurons.ts";
import { numberRows } from "../table/rows.ts";

/** A neuron of an MLP: its layer, and its index in that layer. */
export type Neuron = readonly [layer: number, neuron: number];

/** Neurons as pairs, or as a table with the columns `layer` and `neuron`. */
export type Neurons = readonly Neuron[] | pl.DataFrame;

/**
 * The neurons of a table as pairs of layer and neuron, in its order, each once: what {@link zeroNeurons} takes.
 *
 * @throws CircuitbookError when the table has no columns `layer` and `neuron`.
 *
 * @example
 * ```ts
 * import { neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ layer: [6, 6, 7], neuron: [425, 425, 3] });
 * assertEquals(neurons.pairsOf(table), [[6, 425], [7, 3]]);
 * ```
 */
export function pairsOf(neurons: Neurons): [layer: number, neuron: number][] {
  const pairs = Array.isArray(neurons)
    ? neurons as readonly Neuron[]
    : numberRows(neurons as pl.DataFrame).map(({ layer, neuron }) => [layer, neuron] as const);
  const distinct = new Map(
    pairs.map(([layer, neuron]) => [`${layer},${neuron}`, [layer, neuron] as [number, number]]),
  );
  if (pairs.some(([layer, neuron]) => !Number.isInteger(layer) || !Number.isInteger(neuron))) {
    throw new CircuitbookError(
      "Expected neurons as pairs [layer, neuron], or a table with the columns layer and neuron, but found others.",
    );
  }
  return [...distinct.values()];
}

/** The pairs counted from 0, each once. @throws CircuitbookError when there is none, or one is not in the model. */
export function checkedPairs(model: Model, neurons: Neurons): [number, number][] {
  const pairs = pairsOf(neurons);
  if (!pairs.length) throw new CircuitbookError("Expected at least one neuron but found none.");
  // Of 512 neurons, 425 and -87 are one.
  return pairsOf(resolvedNeurons(pairs, model));
}

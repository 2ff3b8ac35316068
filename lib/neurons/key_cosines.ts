import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type Direction, directionAt } from "./nearest_neurons.ts";
import { checkedNeurons, type Neurons } from "./neuron_list.ts";
import { keyNames, neuronVectors, type VectorName } from "./vectors.ts";

/** How a direction lies to one key of one neuron. */
export interface KeyCosine {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** Which input vector of the neuron: `gate` and `up` in a gated MLP, else `input`. */
  key: VectorName;
  /** The cosine between the direction and the key, from −1 to 1; 0 for a key of length zero. */
  cosine: number;
  /** The length (L2 norm) of the key. */
  norm: number;
}

/**
 * Returns the cosines between a direction of the residual stream and the keys of some neurons: how
 * strongly the direction drives each neuron. The norm before the MLP is folded into the keys, so
 * that they are directions of the residual stream.
 *
 * For comparison, the cosine of two random directions in d dimensions is about ±1 / √d.
 *
 * @param model the model of the neurons.
 * @param neurons the neurons, as [layer, neuron] or a table with these columns.
 * @param direction a direction of the stream that the MLP reads (`hook_resid_mid`), [d_model]: one
 * for all layers, or a function from a layer to a direction.
 * @returns a table with one row for each key and neuron.
 * @throws CircuitbookError if a neuron does not exist, or a direction does not have d_model
 * numbers, is zero or is not finite.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { gate } = await neurons.keyVectors(model, 6);
 * const direction = gate.slice({ neuron: 3 }).data;
 * const [first] = (await neurons.keyCosines(model, [[6, 3]], direction)).toRecords();
 * assertAlmostEquals(first.cosine, 1, 1e-6);
 * ```
 */
export async function keyCosines(
  model: Model,
  neurons: Neurons,
  direction: Direction,
): Promise<TableOf<KeyCosine>> {
  checkArguments("keyCosines", {
    model: [model, aModel],
    neurons: [neurons, is.either(is.lists, is.table)],
    direction: [direction, is.either(is.numbers, is.callable)],
  });

  const chosen = checkedNeurons(model, neurons);
  const rows: KeyCosine[] = [];
  for (const key of keyNames(model)) {
    const vectors = await neuronVectors(model, chosen, key);
    chosen.forEach(([layer, neuron], i) => {
      const unit = directionAt(direction, layer, model);
      const own = vectors.slice({ neuron: i }).data;
      const norm = Math.hypot(...own);
      const dot = own.reduce((sum, value, i) => sum + value * unit[i], 0);
      rows.push({ layer, neuron, key, cosine: norm > 0 ? dot / norm : 0, norm });
    });
  }
  return tableOf(rows);
}

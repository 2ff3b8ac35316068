import pl from "nodejs-polars";
import type { Model } from "../model/model.ts";
import { type Direction, directionAt } from "./nearest.ts";
import { checkedPairs, type Neurons } from "./pairs.ts";
import { keyNames, vectorsOf } from "./vectors.ts";

/**
 * How far a direction of the residual stream drives the keys of some neurons, as a table: `layer`, `neuron`, `key` (`gate`, `up`
 * or `input`), `cosine`, `norm` (of the key). Keys are directions of the residual stream, with the norm before the MLP folded in.
 *
 * In d dimensions the cosine of random directions is about 1 / √d in size.
 *
 * @param direction of the stream that the MLP reads (`hook_resid_mid`): one for all layers, or one for each.
 * @throws CircuitbookError when a neuron is not in the model, or a direction does not fit it.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { gate } = await neurons.keyVectors(model, 6);
 * const [first] = (await neurons.keyCosines(model, [[6, 3]], gate.slice({ neuron: 3 }).data)).toRecords();
 * assertAlmostEquals(first.cosine, 1, 1e-6);
 * ```
 */
export async function keyCosines(
  model: Model,
  neurons: Neurons,
  direction: Direction,
): Promise<pl.DataFrame> {
  const pairs = checkedPairs(model, neurons);
  const rows: Record<string, string | number>[] = [];
  for (const key of keyNames(model)) {
    const vectors = await vectorsOf(model, pairs, key);
    pairs.forEach(([layer, neuron], i) => {
      const unit = directionAt(direction, layer, model);
      const own = vectors.slice({ neuron: i }).data;
      const norm = Math.hypot(...own);
      const dot = own.reduce((sum, value, i) => sum + value * unit[i], 0);
      rows.push({ layer, neuron, key, cosine: norm > 0 ? dot / norm : 0, norm });
    });
  }
  return pl.DataFrame(rows);
}

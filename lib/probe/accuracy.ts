import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Estimate } from "../stats/intervals.ts";
import { rowsOf, type TableOf } from "../table/table.ts";
import type { ProbeMetrics } from "./metrics.ts";

/** The accuracy of the probe of one layer, with its 95 % Wilson interval. */
export interface LayerAccuracy extends Estimate {
  /** The layer, from 0. */
  readonly layer: number;
  /** The accuracy of always predicting the class that was most frequent in training. */
  readonly baseline: number;
}

/**
 * Returns the accuracy of the probe of each layer as an estimate, in the order of the table.
 *
 * @param table the `layers` of {@link Probes}, or what {@link Probes.evaluate} returned.
 * @returns one estimate for each row; `value` is the accuracy.
 *
 * @example
 * ```ts
 * import { probing, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const row = {
 *   layer: 3,
 *   accuracy: 0.9,
 *   low: 0.8,
 *   high: 0.95,
 *   auc: 0.97,
 *   loss: 0.2,
 *   n: 60,
 *   baseline: 0.7,
 * };
 * assertEquals(probing.layerAccuracies(tables.tableOf([row]))[0].value, 0.9);
 * ```
 */
export function layerAccuracies(table: TableOf<ProbeMetrics>): LayerAccuracy[] {
  checkArguments("layerAccuracies", { table: [table, is.table] });

  return rowsOf(table).map(({ layer, accuracy, low, high, n, baseline }) => ({
    layer,
    value: accuracy,
    low,
    high,
    n,
    baseline,
  }));
}

/**
 * Returns the layer whose probe has the highest accuracy, with that accuracy. If several layers
 * tie, the first in the table is returned.
 *
 * @param table the `layers` of {@link Probes}, or what {@link Probes.evaluate} returned.
 * @returns the accuracy of the best layer as an estimate.
 * @throws CircuitbookError if the table is empty.
 *
 * @example
 * ```ts
 * import { probing, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const others = { low: 0, high: 1, auc: 0.9, loss: 0.2, n: 9, baseline: 0.5 };
 * const table = tables.tableOf([{ layer: 3, accuracy: 0.7, ...others }, {
 *   layer: 4,
 *   accuracy: 0.9,
 *   ...others,
 * }]);
 * assertEquals(probing.bestLayer(table).layer, 4);
 * ```
 */
export function bestLayer(table: TableOf<ProbeMetrics>): LayerAccuracy {
  checkArguments("bestLayer", { table: [table, is.table] });

  const [first, ...rest] = layerAccuracies(table);
  if (!first) {
    throw new CircuitbookError(
      "Expected the accuracy of at least one layer but found an empty table.",
    );
  }
  return rest.reduce((best, next) => next.value > best.value ? next : best, first);
}

import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { numberRows } from "../table/rows.ts";
import type { Estimate } from "../stats/intervals.ts";

/** The accuracy of the probe of one layer, with its interval. */
export interface LayerAccuracy extends Estimate {
  readonly layer: number;
  /** The accuracy of always saying the class that was most frequent in training. */
  readonly baseline: number;
}

/**
 * The accuracies of probes, layer by layer, as estimates.
 *
 * @param table the `layers` of probes.
 *
 * @example
 * ```ts
 * import { probing } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ layer: [3], accuracy: [0.9], low: [0.8], high: [0.95], n: [60], baseline: [0.7] });
 * assertEquals(probing.layerAccuracies(table)[0].value, 0.9);
 * ```
 */
export function layerAccuracies(table: pl.DataFrame): LayerAccuracy[] {
  return numberRows(table).map(({ layer, accuracy, low, high, n, baseline }) => ({
    layer,
    value: accuracy,
    low,
    high,
    n,
    baseline,
  }));
}

/**
 * The layer whose probe is most accurate; the first where several are.
 *
 * @throws CircuitbookError when the table is empty.
 *
 * @example
 * ```ts
 * import { probing } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const interval = { low: [0, 0], high: [1, 1], n: [9, 9], baseline: [0.5, 0.5] };
 * assertEquals(probing.bestLayer(pl.DataFrame({ layer: [3, 4], accuracy: [0.7, 0.9], ...interval })).layer, 4);
 * ```
 */
export function bestLayer(table: pl.DataFrame): LayerAccuracy {
  const [first, ...rest] = layerAccuracies(table);
  if (!first) {
    throw new CircuitbookError(
      "Expected the accuracy of at least one layer but found an empty table.",
    );
  }
  return rest.reduce((best, next) => next.value > best.value ? next : best, first);
}

import { medianSorted, quantileSorted } from "simple-statistics";
import { CircuitbookError } from "./base/errors.ts";
import type { Estimate } from "./stats.ts";

/**
 * The median of some values and the range of the middle 95 % of them: how far chance alone goes, over random draws.
 *
 * @throws CircuitbookError when there are no values, or one is not a number.
 *
 * @example
 * ```ts
 * import { spread } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(spread([3, 1, 2]).value, 2);
 * ```
 */
export function spread(values: readonly number[], { level = 0.95 }: { level?: number } = {}): Estimate {
  if (!values.length || values.some(Number.isNaN)) {
    throw new CircuitbookError(`Expected at least one number, and no NaN, but found ${values.length} values.`);
  }
  const sorted = [...values].sort((a, b) => a - b), tail = (1 - level) / 2;
  return {
    value: medianSorted(sorted),
    low: quantileSorted(sorted, tail),
    high: quantileSorted(sorted, 1 - tail),
    n: sorted.length,
  };
}

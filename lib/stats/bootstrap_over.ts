import { quantileSorted } from "simple-statistics";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import { checkLevel } from "./sample.ts";

/**
 * Returns any statistic of some units, such as a correlation over heads of effects that are means over problems, with
 * its percentile bootstrap interval over the units. Each draw takes as many units as there are, with replacement.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 6.
 *
 * @param units how many units there are.
 * @param statistic returns the statistic of some units, which are given by their numbers, and may repeat.
 * @param options the seed, the confidence and the number of draws. Default: 500 draws.
 * @returns the statistic of all units, its interval, and the number of units.
 * @throws CircuitbookError if there are no units, or if the statistic of all units is not finite.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const margins = [1, 2, 3, 10];
 * const greatest = (units: readonly number[]) => Math.max(...units.map((unit) => margins[unit]));
 * assertEquals(stats.bootstrapOver(4, greatest).value, 10);
 * ```
 */
export function bootstrapOver(
  units: number,
  statistic: (units: readonly number[]) => number,
  options: Omit<BootstrapOptions, "groups"> = {},
): Estimate {
  checkArguments("bootstrapOver", {
    units: [units, is.number],
    statistic: [statistic, is.callable],
    options: [options, is.object],
  });
  const { seed = 0, level = 0.95, resamples = 500 } = options;

  const value = units > 0 ? statistic(Array.from({ length: units }, (_, i) => i)) : NaN;
  if (!Number.isFinite(value)) {
    throw new CircuitbookError(
      `Expected a statistic of one or more units but found ${value} for ${units}.`,
    );
  }
  const random = seededRandom(seed);
  const draw = () => Array.from({ length: units }, () => integer(random, 0, units - 1));
  const tail = (1 - checkLevel(level)) / 2;
  // A draw may have no finite statistic, such as a ratio whose denominator is zero. A statistic returns NaN there.
  const draws = Array.from({ length: resamples }, () => statistic(draw()))
    .filter(Number.isFinite).sort((a, b) => a - b);
  return {
    value,
    low: quantileSorted(draws, tail),
    high: quantileSorted(draws, 1 - tail),
    n: units,
  };
}

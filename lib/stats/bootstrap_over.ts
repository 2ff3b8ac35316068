import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { biasCorrected } from "./bias_corrected.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import { expandedTail } from "./percentiles.ts";

/**
 * Returns any statistic of some units, such as a correlation over heads of effects that are means
 * over problems, with its bootstrap interval over the units. Each draw takes as many units as there
 * are, with replacement.
 *
 * The interval is bias-corrected and accelerated (BCa). A correlation of means is lower in most
 * draws than in the sample, because a draw that repeats units adds noise to each mean; a percentile
 * interval would lie too low. Few units get a wider interval, as in {@link bootstrap}.
 *
 * B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987); T. C. Hesterberg, "What
 * Teachers Should Know About the Bootstrap", The American Statistician 69 (2015).
 *
 * @param units how many units there are.
 * @param statistic returns the statistic of some units, which are given by their numbers, and may
 * repeat.
 * @param options the seed, the confidence and the number of draws. Default: 2000 draws.
 * @returns the statistic of all units, its interval, and the number of units.
 * @throws CircuitbookError if there are no units, if the statistic of all units is not finite, or
 * if no draw has a finite statistic.
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
  const { seed = 0, level = 0.95, resamples = 2000 } = options;

  const tail = expandedTail(units, level);
  const all = Array.from({ length: Math.max(0, units) }, (_, i) => i);
  const value = all.length > 0 ? statistic(all) : NaN;
  if (!Number.isFinite(value)) {
    throw new CircuitbookError(
      `Expected a statistic of one or more units but found ${value} for ${units}.`,
    );
  }
  if (units === 1) return { value, low: value, high: value, n: 1 };
  const random = seededRandom(seed);
  const draw = () => all.map(() => integer(random, 0, units - 1));
  // A draw may have no finite statistic, such as a ratio whose denominator is zero. A statistic
  // returns NaN there.
  const draws = Array.from({ length: resamples }, () => statistic(draw()))
    .filter(Number.isFinite).sort((a, b) => a - b);
  if (draws.length === 0) {
    throw new CircuitbookError(
      `Expected a finite statistic in some of ${resamples} draws but found none.`,
    );
  }
  const leftOut = all.map((left) => statistic(all.filter((unit) => unit !== left)))
    .filter(Number.isFinite);
  return { value, ...biasCorrected(value, draws, leftOut, tail), n: units };
}

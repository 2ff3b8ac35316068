import { checkArguments, is } from "../base/arguments.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import { percentileInterval } from "./percentiles.ts";
import { pearson, spearman } from "./ranks.ts";

/** Which correlation is computed, and how its interval is drawn. */
export interface CorrelationOptions extends Omit<BootstrapOptions, "groups"> {
  /** The correlation of the numbers (Pearson) or of their ranks (Spearman). Default "numbers". */
  readonly of?: "numbers" | "ranks";
}

/**
 * Returns the correlation of two lists with its percentile bootstrap interval. Each draw takes
 * pairs of values with replacement. A draw in which one of the lists does not vary has no
 * correlation, and is drawn again. Few pairs get a wider interval, as in {@link bootstrap}.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 6 and 13.
 *
 * @param x the first value of each pair.
 * @param y the second value of each pair.
 * @param options which correlation, how many draws, their seed, and the confidence.
 * @returns the correlation from −1 to 1, its interval, and the number of pairs.
 * @throws CircuitbookError if the lists differ in length or have fewer than two values, or if one
 * does not vary.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { value, low, high } = stats.correlation([1, 2, 3, 4, 5], [1, 3, 2, 5, 4], {
 *   of: "ranks",
 * });
 * assert(Math.abs(value - 0.8) < 1e-9 && low < value && high <= 1);
 * ```
 */
export function correlation(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: CorrelationOptions = {},
): Estimate {
  checkArguments("correlation", {
    x: [x, is.numbers],
    y: [y, is.numbers],
    options: [options, is.object],
  });
  const { of = "numbers", seed = 0, level = 0.95, resamples = 2000 } = options;

  const measure = of === "ranks" ? spearman : pearson;
  const value = measure(x, y);
  const random = seededRandom(seed);
  const draws = Array.from({ length: resamples }, () => {
    let pairs: number[];
    do pairs = Array.from({ length: x.length }, () => integer(random, 0, x.length - 1)); while (
      [x, y].some((list) => pairs.every((pair) => list[pair] === list[pairs[0]]))
    );
    return measure(pairs.map((pair) => x[pair]), pairs.map((pair) => y[pair]));
  });
  return { value, ...percentileInterval(draws, x.length, level), n: x.length };
}

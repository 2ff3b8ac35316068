import { checkArguments, is } from "../base/arguments.ts";
import { normalProbability, normalQuantile } from "./distributions.ts";
import type { Estimate } from "./intervals.ts";

/** How many standard errors the end of a 95 % interval lies from the estimate. */
const REACH = normalQuantile(0.975);

/**
 * Returns the two-sided p-value of an estimate against a threshold. The half of the 95 % interval
 * that faces the threshold is taken as normal, so the p-value is 0.05 if the interval ends at the
 * threshold. If the interval is over few units, a p-value below 0.05 is too small: the errors of
 * few units have the longer tails of Student's distribution.
 *
 * D. G. Altman and J. M. Bland, "How to obtain the P value from a confidence interval", BMJ 343
 * (2011).
 *
 * @param estimate the estimate with its 95 % interval.
 * @param threshold the number that the estimate is compared with.
 * @returns the p-value; 0 if the estimate is not the threshold, and the interval has no width
 * towards it.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.pAgainst({ value: 2, low: 0, high: 3 }, 0), 0.05, 1e-6);
 * ```
 */
export function pAgainst(
  estimate: Pick<Estimate, "value" | "low" | "high">,
  threshold: number,
): number {
  checkArguments("pAgainst", {
    estimate: [estimate, is.like("an estimate", "value", "low", "high")],
    threshold: [threshold, is.number],
  });
  const { value, low, high } = estimate;

  const distance = Math.abs(value - threshold);
  if (distance === 0) return 1;
  const half = value > threshold ? value - low : high - value;
  return half <= 0 ? 0 : 2 * normalProbability(-REACH * distance / half);
}

/**
 * Returns the p-values of a family of tests, corrected by Holm's method. A test with a corrected
 * p-value of at most 0.05 is significant with a family-wise error of 5 %.
 *
 * S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6 (1979).
 *
 * @param values the p-values of the family.
 * @returns the corrected p-values, in the same order.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stats.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
 * ```
 */
export function holm(values: readonly number[]): number[] {
  checkArguments("holm", { values: [values, is.numbers] });

  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const corrected: number[] = [];
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, values[i] * (values.length - rank)));
    corrected[i] = least;
  }
  return corrected;
}

import { quantileSorted } from "simple-statistics";
import { normalProbability, studentQuantile } from "./distributions.ts";
import { checkLevel } from "./sample.ts";

/**
 * Returns the interval between two percentiles of bootstrap samples. For few units the percentiles
 * lie further out, see {@link expandedTail}.
 *
 * @param samples the statistic in each sample, in any order.
 * @param units how many units each sample draws.
 * @param level the confidence, between 0 and 1.
 * @returns the ends of the interval.
 * @throws CircuitbookError unless the level lies between 0 and 1.
 */
export function percentileInterval(
  samples: readonly number[],
  units: number,
  level = 0.95,
): { low: number; high: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const tail = expandedTail(units, level);
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}

/**
 * Returns the share of bootstrap samples that lies beyond each end of an interval. The share is
 * smaller than half of what the level leaves: 0.1 % for 5 units at 95 %, 1.6 % for 20, and 2.5 %
 * for very many. Plain percentiles of samples of few units lie too near to each other, for two
 * reasons: the samples spread by the standard deviation of the units with divisor n, not n − 1; and
 * the percentiles take this standard deviation as known, where Student's interval allows for its
 * error. For fewer than five units the ends are the lowest and the highest sample.
 *
 * T. C. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69
 * (2015): expanded percentiles.
 *
 * @param units how many units each sample draws.
 * @param level the confidence, between 0 and 1.
 * @returns the share, below (1 − level) / 2; for a single unit (1 − level) / 2.
 * @throws CircuitbookError unless the level lies between 0 and 1.
 */
export function expandedTail(units: number, level: number): number {
  const tail = (1 - checkLevel(level)) / 2;
  // All samples of a single unit are equal, so every share gives the same ends.
  if (units < 2) return tail;
  const reach = studentQuantile(1 - tail, units - 1) * Math.sqrt(units / (units - 1));
  return normalProbability(-reach);
}

import { meanOf } from "../base/mean.ts";
import { quantileSorted } from "simple-statistics";
import { normalProbability, normalQuantile } from "./distributions.ts";

/**
 * Returns the bias-corrected and accelerated (BCa) bootstrap interval of a statistic. If most
 * bootstrap samples lie below the estimate, both ends of the interval move up. A correlation of
 * means needs this: resampling adds noise to the means, and the noise lowers the correlation.
 *
 * The interval always contains the estimate. If the formula puts an end on the wrong side of the
 * estimate, the end is the estimate itself.
 *
 * B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987), equations 2.3 and 6.6.
 *
 * @param value the statistic of all units.
 * @param samples the statistic in each bootstrap sample, in ascending order.
 * @param leftOut the statistic without each unit in turn, for the acceleration.
 * @param tail the share of samples beyond each end, if the samples had no bias and no skew.
 * @returns the ends of the interval.
 */
export function biasCorrected(
  value: number,
  samples: readonly number[],
  leftOut: readonly number[],
  tail: number,
): { low: number; high: number } {
  const below = samples.filter((sample) => sample < value).length;
  const alike = samples.filter((sample) => sample === value).length;
  const share = (below + alike / 2) / samples.length;
  // With all samples on one side the bias is unknown. Half a sample counts as on the other side.
  const least = 1 / (2 * samples.length);
  const bias = normalQuantile(Math.min(1 - least, Math.max(least, share)));
  const acceleration = accelerationOf(leftOut);
  const reach = normalQuantile(1 - tail);
  const [low, high] = [-reach, reach].map((z) => {
    const shifted = bias + z;
    const damping = 1 - acceleration * shifted;
    // Far out the formula turns around. There the bias alone is corrected.
    const at = bias + shifted / (damping > 0 ? damping : 1);
    return quantileSorted(samples as number[], normalProbability(at));
  });
  return { low: Math.min(value, low), high: Math.max(value, high) };
}

/** Returns the acceleration, from the third moment of the jackknife. */
function accelerationOf(leftOut: readonly number[]): number {
  const centre = meanOf(leftOut);
  const gaps = leftOut.map((value) => centre - value);
  const squares = gaps.reduce((sum, gap) => sum + gap ** 2, 0);
  if (squares === 0) return 0;
  return gaps.reduce((sum, gap) => sum + gap ** 3, 0) / (6 * squares ** 1.5);
}

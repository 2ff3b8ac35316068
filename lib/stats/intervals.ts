import { mean, medianSorted, quantileSorted } from "simple-statistics";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { probit } from "./probit.ts";
import { checkLevel, finite } from "./sample.ts";

/** A number measured on a sample, and the interval that holds the true one with the given confidence. */
export interface Estimate {
  /** The estimate, such as a mean or a share. */
  value: number;
  /** The lower end of the interval. */
  low: number;
  /** The upper end of the interval. */
  high: number;
  /** How many cases the estimate rests on. */
  n: number;
}

/**
 * Returns a proportion with its Wilson score interval, which stays inside [0, 1] and is sound for few cases and extreme shares.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 *
 * @param successes How many cases succeeded.
 * @param n How many cases there are.
 * @throws CircuitbookError unless `successes` and `n` are whole numbers, 0 ≤ successes ≤ n and n > 0.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { low, high } = stats.wilson(81, 263);
 * assertAlmostEquals(low, 0.2553, 1e-4);
 * assertAlmostEquals(high, 0.3662, 1e-4);
 * ```
 */
export function wilson(
  successes: number,
  n: number,
  { level = 0.95 }: { level?: number } = {},
): Estimate {
  if (
    !Number.isInteger(successes) || !Number.isInteger(n) || n < 1 || successes < 0 || successes > n
  ) {
    throw new CircuitbookError(
      `Expected whole numbers with 0 ≤ successes ≤ n and n > 0 but found ${successes} of ${n}.`,
    );
  }
  const z = probit(0.5 + checkLevel(level) / 2);
  const share = successes / n;
  const scale = 1 + z * z / n;
  const centre = (share + z * z / (2 * n)) / scale;
  const half = z / scale * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n };
}

/** Settings of {@link bootstrap}. */
export interface BootstrapOptions {
  /** The seed of the random draws; 0 by default. */
  seed?: number;
  /** The confidence of the interval, between 0 and 1; 0.95 by default. */
  level?: number;
  /** How many samples are drawn from the values; 2000 by default. */
  resamples?: number;
  /**
   * The group of each value, such as the problem of an attempt. Values of one group are drawn
   * together: drawn one by one, dependent values give too narrow an interval.
   */
  groups?: readonly (string | number)[];
}

/**
 * Returns the mean of the values with its percentile bootstrap interval.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13.
 *
 * @param values The values, at least one.
 * @throws CircuitbookError if there are no values, one is not finite, or groups and values differ in number.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { value, low, high } = stats.bootstrap([1, 2, 3, 4, 5], { seed: 1 });
 * assert(value === 3 && low < 3 && high > 3);
 * ```
 */
export function bootstrap(
  values: ArrayLike<number>,
  { seed = 0, level = 0.95, resamples = 2000, groups }: BootstrapOptions = {},
): Estimate {
  const sample = finite(values);
  if (!sample.length) throw new CircuitbookError("Expected at least one value but found none.");
  if (groups && groups.length !== sample.length) {
    throw new CircuitbookError(
      `Expected a group for each of ${sample.length} values but found ${groups.length}.`,
    );
  }
  const random = seededRandom(seed);
  const units = [...Map.groupBy(sample.keys(), (i) => groups ? groups[i] : i).values()]
    .map((members) => ({
      sum: members.reduce((sum, i) => sum + sample[i], 0),
      count: members.length,
    }));
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < units.length; draw++) {
      const unit = units[integer(random, 0, units.length - 1)];
      sum += unit.sum;
      count += unit.count;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  const tail = (1 - checkLevel(level)) / 2;
  return {
    value: mean(sample),
    low: quantileSorted(means, tail),
    high: quantileSorted(means, 1 - tail),
    n: sample.length,
  };
}

/**
 * Returns the median of some values and the range that holds the middle 95 % of them. Over the
 * results of random draws, this range shows what chance alone gives.
 *
 * @param values The values, at least one.
 * @throws CircuitbookError if there are no values, or one is NaN.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stats.spread([3, 1, 2]).value, 2);
 * ```
 */
export function spread(
  values: readonly number[],
  { level = 0.95 }: { level?: number } = {},
): Estimate {
  if (!values.length || values.some(Number.isNaN)) {
    throw new CircuitbookError(
      `Expected at least one number, and no NaN, but found ${values.length} values.`,
    );
  }
  const sorted = [...values].sort((a, b) => a - b);
  const tail = (1 - checkLevel(level)) / 2;
  return {
    value: medianSorted(sorted),
    low: quantileSorted(sorted, tail),
    high: quantileSorted(sorted, 1 - tail),
    n: sorted.length,
  };
}

import { mean, medianSorted, quantileSorted } from "simple-statistics";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { listed } from "../base/shortened.ts";
import { integer, seededRandom } from "../base/random.ts";
import { normalQuantile } from "./distributions.ts";
import { percentileInterval } from "./percentiles.ts";
import { checkLevel, finite } from "./sample.ts";

/** A number that was estimated from a sample, with its confidence interval. */
export interface Estimate {
  /** The estimate, such as a mean or a share. */
  value: number;
  /** The lower end of the interval. */
  low: number;
  /** The upper end of the interval. */
  high: number;
  /** The number of cases that the estimate is made from. */
  n: number;
}

/**
 * Returns a proportion with its Wilson score interval. The interval stays inside [0, 1], and is
 * sound for few cases and for shares near 0 or 1.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
 * (1927).
 *
 * @param successes How many cases succeeded.
 * @param n How many cases there are.
 * @param options `level`: the confidence, between 0 and 1. Default 0.95.
 * @returns The share, its interval, and the number of cases.
 * @throws CircuitbookError unless `successes` and `n` are whole numbers, 0 ≤ successes ≤ n and
 * n > 0.
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
  options: { level?: number } = {},
): Estimate {
  checkArguments("wilson", {
    successes: [successes, is.number],
    n: [n, is.number],
    options: [options, is.object],
  });
  const { level = 0.95 } = options;

  if (
    !Number.isInteger(successes) || !Number.isInteger(n) || n < 1 || successes < 0 || successes > n
  ) {
    throw new CircuitbookError(
      `Expected whole numbers with 0 ≤ successes ≤ n and n > 0 but found ${
        listed([successes])
      } of ${listed([n])}.`,
    );
  }
  const z = normalQuantile(0.5 + checkLevel(level) / 2);
  const share = successes / n;
  const scale = 1 + z * z / n;
  // The interval's centre is pulled from the share towards 1/2, more strongly for few cases.
  const centre = (share + z * z / (2 * n)) / scale;
  const half = z / scale * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n };
}

/** How a bootstrap interval is drawn. */
export interface BootstrapOptions {
  /** The seed of the random draws; 0 by default. */
  seed?: number;
  /** The confidence of the interval, between 0 and 1; 0.95 by default. */
  level?: number;
  /** How many samples are drawn from the values; 2000 by default. */
  resamples?: number;
  /**
   * The group of each value, such as the problem of an attempt. Values of one group depend on each
   * other, and are drawn together: if they were drawn one by one, the interval would be too narrow.
   */
  groups?: readonly (string | number)[];
}

/**
 * Returns the mean of the values with its percentile bootstrap interval. The percentiles are
 * expanded, so that an interval over five or more values is about as wide as Student's. In 91 % of
 * samples of five normal values, the interval holds the mean of the population; an interval with
 * plain percentiles holds the mean in 82 %. Over fewer than five values the interval is their
 * range, which is narrower than Student's.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13; T. C.
 * Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69 (2015).
 *
 * @param values The values, at least one.
 * @param options How many draws, their seed, the confidence, and groups of values that are drawn
 * together.
 * @returns The mean, its interval, and the number of values.
 * @throws CircuitbookError if there are no values, one is not finite, or groups and values differ
 * in number.
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
  options: BootstrapOptions = {},
): Estimate {
  checkArguments("bootstrap", { values: [values, is.numbers], options: [options, is.object] });

  return bootstrapEach([values], options)[0];
}

/**
 * Returns the mean of each list of values with its percentile bootstrap interval, as {@link
 * bootstrap} does. Lists with equally many groups share their random draws, which are most of the
 * work.
 *
 * @param lists Lists of at least one value.
 * @param options The seed, the confidence, the number of samples, and the groups of every list.
 * @returns An estimate for each list.
 * @throws CircuitbookError if a list is empty, a value is not finite, or groups and values differ
 * in number.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [first, second] = stats.bootstrapEach([[1, 2, 3], [2, 4, 6]]);
 * assertEquals(second.low, 2 * first.low);
 * ```
 */
export function bootstrapEach(
  lists: readonly ArrayLike<number>[],
  options: BootstrapOptions = {},
): Estimate[] {
  checkArguments("bootstrapEach", { lists: [lists, is.list], options: [options, is.object] });
  const { seed = 0, level = 0.95, resamples = 2000, groups } = options;

  const samples = lists.map((values) => sampleOf(values, groups));
  for (const ofOneSize of Map.groupBy(samples, ({ sums }) => sums.length).values()) {
    resample(ofOneSize, resamples, seed);
  }
  return samples.map(({ values, sums, means }) => ({
    value: mean(values),
    ...percentileInterval(means, sums.length, level),
    n: values.length,
  }));
}

/** A list of values that is resampled in units: single values, or groups. */
interface Sample {
  readonly values: number[];
  /** The sum of each unit's values. */
  readonly sums: readonly number[];
  /** The number of each unit's values. */
  readonly counts: readonly number[];
  /** The mean of each draw so far. */
  readonly means: number[];
}

/**
 * Returns values in units.
 *
 * @throws CircuitbookError if there are none, one is not finite, or groups do not fit.
 */
function sampleOf(values: ArrayLike<number>, groups: BootstrapOptions["groups"]): Sample {
  const checked = finite(values);
  if (!checked.length) throw new CircuitbookError("Expected at least one value but found none.");
  if (groups && groups.length !== checked.length) {
    throw new CircuitbookError(
      `Expected a group for each of ${checked.length} values but found ${groups.length}.`,
    );
  }
  // A group is drawn as a whole, so a draw needs only its sum and its count.
  const units = [...Map.groupBy(checked.keys(), (i) => groups ? groups[i] : i).values()];
  return {
    values: checked,
    sums: units.map((members) => members.reduce((sum, i) => sum + checked[i], 0)),
    counts: units.map((members) => members.length),
    means: [],
  };
}

/**
 * Draws samples with replacement, each draw for all lists, and keeps their means. All lists have as
 * many units.
 */
function resample(lists: readonly Sample[], resamples: number, seed: number): void {
  const random = seededRandom(seed);
  const draws = new Uint32Array(lists[0].sums.length);
  for (let sample = 0; sample < resamples; sample++) {
    for (let draw = 0; draw < draws.length; draw++) {
      draws[draw] = integer(random, 0, draws.length - 1);
    }
    for (const { sums, counts, means } of lists) {
      let sum = 0;
      let count = 0;
      for (let draw = 0; draw < draws.length; draw++) {
        sum += sums[draws[draw]];
        count += counts[draws[draw]];
      }
      means.push(sum / count);
    }
  }
}

/**
 * Returns the median of some values and the range that holds the middle 95 % of them. Over the
 * results of random draws, this range shows what chance alone gives.
 *
 * @param values The values, at least one.
 * @param options `level`: the share of the values that the range holds. Default 0.95.
 * @returns The median, the ends of the range, and the number of values.
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
  options: { level?: number } = {},
): Estimate {
  checkArguments("spread", { values: [values, is.numbers], options: [options, is.object] });
  const { level = 0.95 } = options;

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

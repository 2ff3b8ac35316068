import { mean, quantileSorted, sampleCorrelation } from "simple-statistics";
import { CircuitbookError } from "./base/errors.ts";
import { integer, seededRandom } from "./base/random.ts";

/** A number measured on a sample, and the interval that holds the true one with the given confidence. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  /** How many cases it rests on. */
  n: number;
}

/**
 * A proportion with its Wilson score interval, which stays inside [0, 1] and is sound for few cases and extreme shares.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 *
 * @throws CircuitbookError unless `successes` and `n` are whole numbers, 0 ≤ successes ≤ n and n > 0.
 *
 * @example
 * ```ts
 * import { wilson } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { low, high } = wilson(81, 263);
 * assertAlmostEquals(low, 0.2553, 1e-4);
 * assertAlmostEquals(high, 0.3662, 1e-4);
 * ```
 */
export function wilson(successes: number, n: number, { level = 0.95 }: { level?: number } = {}): Estimate {
  if (!Number.isInteger(successes) || !Number.isInteger(n) || n < 1 || successes < 0 || successes > n) {
    throw new CircuitbookError(
      `Expected whole numbers with 0 ≤ successes ≤ n and n > 0 but found ${successes} of ${n}.`,
    );
  }
  const z = probit(0.5 + checkLevel(level) / 2), share = successes / n;
  const scale = 1 + z * z / n;
  const centre = (share + z * z / (2 * n)) / scale;
  const half = z / scale * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n };
}

/** Settings of {@link bootstrap}. */
export interface BootstrapOptions {
  seed?: number;
  level?: number;
  resamples?: number;
  /** What belongs together (attempts of one problem): drawn together, so that the interval is not too narrow. */
  groups?: readonly (string | number)[];
}

/**
 * The mean of the values with its percentile bootstrap interval.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13.
 *
 * @throws CircuitbookError when there are no values, one is not finite, or groups and values differ in number.
 *
 * @example
 * ```ts
 * import { bootstrap } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { value, low, high } = bootstrap([1, 2, 3, 4, 5], { seed: 1 });
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
    throw new CircuitbookError(`Expected a group for each of ${sample.length} values but found ${groups.length}.`);
  }
  const random = seededRandom(seed);
  const units = [...Map.groupBy(sample.keys(), (i) => groups ? groups[i] : i).values()]
    .map((members) => ({ sum: members.reduce((sum, i) => sum + sample[i], 0), count: members.length }));
  const means = Array.from({ length: resamples }, () => {
    let sum = 0, count = 0;
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
 * The area under the ROC curve: the chance that a random positive case scores above a random negative one, ties half.
 *
 * @throws CircuitbookError when positives or negatives are missing, or a score is not finite.
 *
 * @example
 * ```ts
 * import { auc } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(auc([0.1, 0.4, 0.4, 0.9], [false, false, true, true]), 0.875);
 * ```
 */
export function auc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  samePairs(scores, positive);
  const positives = positive.filter(Boolean).length, negatives = positive.length - positives;
  if (!positives || !negatives) {
    throw new CircuitbookError(`Expected positive and negative cases but found ${positives} and ${negatives}.`);
  }
  const rankSum = averageRanks(scores).reduce((sum, rank, i) => positive[i] ? sum + rank : sum, 0);
  return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
}

/**
 * Pearson's correlation of two lists.
 *
 * @throws CircuitbookError when the lists differ in length, have under two values, or one does not vary.
 *
 * @example
 * ```ts
 * import { pearson } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(pearson([1, 2, 3], [2, 4, 6]), 1);
 * ```
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  samePairs(x, y);
  const [a, b] = [finite(x), finite(y)];
  if (a.length < 2 || a.every((value) => value === a[0]) || b.every((value) => value === b[0])) {
    throw new CircuitbookError(`Expected two lists that vary but found ${a.length} values, all alike in one of them.`);
  }
  return sampleCorrelation(a, b);
}

/**
 * Spearman's rank correlation of two lists; ties share their average rank.
 *
 * @throws CircuitbookError as {@link pearson} does.
 *
 * @example
 * ```ts
 * import { spearman } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(spearman([1, 2, 3], [1, 10, 100]), 1);
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(averageRanks(x), averageRanks(y));
}

/**
 * The standard normal quantile, to 7 digits.
 *
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND7.
 *
 * @example
 * ```ts
 * import { probit } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(probit(0.975), 1.959964, 1e-6);
 * ```
 */
export function probit(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const near = r - 1.6, far = r - 5;
  const size = r <= 5
    ? (((0.17023821103 * near + 1.3067284816) * near + 2.75681539) * near + 1.4234372777) /
      ((0.12021132975 * near + 0.7370016425) * near + 1)
    : (((0.017337203997 * far + 0.42868294337) * far + 3.081226386) * far + 6.657905115) /
      ((0.012258202635 * far + 0.24197894225) * far + 1);
  return Math.sign(q) * size;
}

/** Ranks from 1; equal values share the average of their ranks. */
function averageRanks(values: ArrayLike<number>): number[] {
  const sample = finite(values);
  const order = [...sample.keys()].sort((a, b) => sample[a] - sample[b]);
  const ranks = new Array<number>(sample.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && sample[order[end]] === sample[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function finite(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const bad = list.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CircuitbookError(`Expected finite numbers but found ${list[bad]} at ${bad}.`);
  return list;
}

function samePairs(x: ArrayLike<unknown>, y: ArrayLike<unknown>): void {
  if (x.length !== y.length) {
    throw new CircuitbookError(`Expected two lists of one length but found ${x.length} and ${y.length} values.`);
  }
}

function checkLevel(level: number): number {
  if (!(level > 0 && level < 1)) {
    throw new CircuitbookError(`Expected a confidence level between 0 and 1 but found ${level}.`);
  }
  return level;
}

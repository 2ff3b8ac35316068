import { sampleCorrelation } from "simple-statistics";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { finite } from "./sample.ts";

/**
 * Returns the area under the ROC curve: the probability that a random positive case scores above a
 * random negative case. Equal scores count one half.
 *
 * @param scores the score of each case.
 * @param positive for each case, whether it is positive.
 * @returns a number from 0 to 1; 0.5 is chance.
 * @throws CircuitbookError if positive or negative cases are missing, or if a score is not finite.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stats.auc([0.1, 0.4, 0.4, 0.9], [false, false, true, true]), 0.875);
 * ```
 */
export function auc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  checkArguments("auc", { scores: [scores, is.numbers], positive: [positive, is.list] });

  samePairs(scores, positive);
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (!positives || !negatives) {
    throw new CircuitbookError(
      `Expected positive and negative cases but found ${positives} and ${negatives}.`,
    );
  }
  const rankSum = averageRanks(scores).reduce((sum, rank, i) => positive[i] ? sum + rank : sum, 0);
  // The ranks that positives have among themselves are subtracted: Mann and Whitney's U remains.
  return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
}

/**
 * Returns Pearson's correlation of two lists.
 *
 * @param x the first value of each pair.
 * @param y the second value of each pair.
 * @returns a number from −1 to 1.
 * @throws CircuitbookError if the lists differ in length or have fewer than two values, or if one
 * does not vary.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.pearson([1, 2, 3], [2, 4, 6]), 1);
 * ```
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkArguments("pearson", { x: [x, is.numbers], y: [y, is.numbers] });

  samePairs(x, y);
  const [a, b] = [finite(x), finite(y)];
  if (a.length < 2 || a.every((value) => value === a[0]) || b.every((value) => value === b[0])) {
    throw new CircuitbookError(
      `Expected two lists of at least two values that vary but found ${a.length} values, all equal in one of the lists.`,
    );
  }
  return sampleCorrelation(a, b);
}

/**
 * Returns Spearman's rank correlation of two lists. Equal values share the average of their ranks.
 *
 * @param x the first value of each pair.
 * @param y the second value of each pair.
 * @returns a number from −1 to 1.
 * @throws CircuitbookError if the lists differ in length or have fewer than two values, or if one
 * does not vary.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.spearman([1, 2, 3], [1, 10, 100]), 1);
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkArguments("spearman", { x: [x, is.numbers], y: [y, is.numbers] });

  return pearson(averageRanks(x), averageRanks(y));
}

/** Returns the rank of each value, from 1. Equal values share the average of their ranks. */
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

/** Checks that two lists have one length. */
function samePairs(x: ArrayLike<unknown>, y: ArrayLike<unknown>): void {
  if (x.length !== y.length) {
    throw new CircuitbookError(
      `Expected two lists of one length but found ${x.length} and ${y.length} values.`,
    );
  }
}

import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";

/** How many members two sets share, and how many two random sets would share. */
export interface Overlap {
  /** How many members they share. */
  shared: number;
  /** How many members each set has. */
  k: number;
  /** How many members there are to choose from. */
  n: number;
  /** How many two random sets share on average. */
  expected: number;
  /** The 2.5 % quantile of the number of members that two random sets share. */
  low: number;
  /** The 97.5 % quantile of the number of members that two random sets share. */
  high: number;
  /** The probability that random sets share at least as many members. */
  p: number;
}

/**
 * Returns how many members two sets of `k` out of `n` share, and how many two random sets would
 * share. The probabilities come from the hypergeometric distribution: `p` is Fisher's exact test,
 * one-sided.
 *
 * R. A. Fisher, *The Design of Experiments* (1935), chapter 2.
 *
 * @param counts `shared`: how many members the sets share. `k`: how many members each set has. `n`:
 * how many there are to choose from.
 * @returns the counts, and what chance alone gives.
 * @throws CircuitbookError unless all are whole numbers, 1 ≤ k ≤ n, and `shared` is possible.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.overlapByChance({ shared: 4, k: 4, n: 8 }).p, 1 / 70);
 * ```
 */
export function overlapByChance(counts: Pick<Overlap, "shared" | "k" | "n">): Overlap {
  checkArguments("overlapByChance", { counts: [counts, is.like("an object", "shared", "k", "n")] });
  const { shared, k, n } = counts;

  const least = Math.max(0, 2 * k - n);
  if (![shared, k, n].every(Number.isInteger) || k < 1 || k > n || shared < least || shared > k) {
    throw new CircuitbookError(
      `Expected whole numbers with 1 ≤ k ≤ n and a possible overlap but found ${shared} shared of k ${k}, n ${n}.`,
    );
  }
  // The logarithm of P(least). The loop gets each next probability from the one before.
  let log = lnChoose(k, least) + lnChoose(n - k, k - least) - lnChoose(n, k);
  const chances: number[] = [];
  for (let x = least; x <= k; x++) {
    chances.push(Math.exp(log));
    log += 2 * Math.log(k - x) - Math.log(x + 1) - Math.log(n - 2 * k + x + 1);
  }
  // The least count that chance stays at or below with this probability.
  const countAt = (share: number) => {
    let x = least;
    let sum = chances[0];
    while (sum < share && x < k) sum += chances[++x - least];
    return x;
  };
  const p = Math.min(1, chances.slice(shared - least).reduce((sum, chance) => sum + chance, 0));
  return { shared, k, n, expected: k * k / n, low: countAt(0.025), high: countAt(0.975), p };
}

/** Returns the natural logarithm of the binomial coefficient. */
function lnChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - Math.min(k, n - k) + i) / i);
  return sum;
}

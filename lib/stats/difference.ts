import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import { percentileInterval } from "./percentiles.ts";
import { finite } from "./sample.ts";

/** The sum and the number of the values of each kind. */
interface Sums {
  first: number;
  firstCount: number;
  second: number;
  secondCount: number;
}

/**
 * Returns the mean of the values where a condition holds minus the mean of the other values, with
 * its percentile bootstrap interval.
 *
 * Each draw takes values of both kinds with replacement, or whole groups, which may hold both
 * kinds. A draw that lacks one kind is drawn again. Few units get a wider interval, as in {@link
 * bootstrap}; the number of units with values of the rarer kind counts.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 8 and 13.
 *
 * @param values the values.
 * @param holds for each value, whether the condition holds.
 * @param options how many draws, their seed, the confidence, and groups of values that are drawn
 * together.
 * @returns the difference of means, its interval, and the number of values.
 * @throws CircuitbookError if one kind is missing, if a value is not finite, or if the lists differ
 * in length.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { value, low, high } = stats.bootstrapDifference([5, 6, 7, 1, 2, 3], [
 *   true,
 *   true,
 *   true,
 *   false,
 *   false,
 *   false,
 * ]);
 * assert(value === 4 && low > 0 && low < 4 && high > 4);
 * ```
 */
export function bootstrapDifference(
  values: ArrayLike<number>,
  holds: readonly boolean[],
  options: BootstrapOptions = {},
): Estimate {
  checkArguments("bootstrapDifference", {
    values: [values, is.numbers],
    holds: [holds, is.list],
    options: [options, is.object],
  });
  const { seed = 0, level = 0.95, resamples = 2000, groups } = options;

  const sample = finite(values);
  const count = sample.length;
  if (holds.length !== count || (groups && groups.length !== count)) {
    throw new CircuitbookError(
      `Expected a label and a group for each of ${count} values but found ${holds.length} and ${
        groups?.length ?? "none"
      }.`,
    );
  }
  if (!holds.includes(true) || !holds.includes(false)) {
    throw new CircuitbookError(
      "Expected values of both kinds but found one kind only; give true and false in holds.",
    );
  }
  const members = (indices: Iterable<number>) => {
    const sums: Sums = { first: 0, firstCount: 0, second: 0, secondCount: 0 };
    for (const i of indices) {
      sums[holds[i] ? "first" : "second"] += sample[i];
      sums[holds[i] ? "firstCount" : "secondCount"]++;
    }
    return sums;
  };
  const units = [...Map.groupBy(sample.keys(), (i) => groups ? groups[i] : i).values()].map(
    members,
  );
  const unitsOfKinds = [
    units.filter(({ firstCount }) => firstCount > 0).length,
    units.filter(({ secondCount }) => secondCount > 0).length,
  ];
  const random = seededRandom(seed);
  const draws = Array.from(
    { length: resamples },
    () => differenceOfSums(drawn(units, () => integer(random, 0, units.length - 1))),
  );
  const value = differenceOfSums(members(sample.keys()));
  return {
    value,
    ...percentileInterval(draws, Math.min(...unitsOfKinds), level),
    n: count,
  };
}

/**
 * Returns the sums of as many random units as there are, drawn with replacement until both kinds
 * are there.
 */
function drawn(units: readonly Sums[], pick: () => number): Sums {
  const sums: Sums = { first: 0, firstCount: 0, second: 0, secondCount: 0 };
  while (!sums.firstCount || !sums.secondCount) {
    sums.first =
      sums.firstCount =
      sums.second =
      sums.secondCount =
        0;
    for (let draw = 0; draw < units.length; draw++) {
      const unit = units[pick()];
      sums.first += unit.first;
      sums.firstCount += unit.firstCount;
      sums.second += unit.second;
      sums.secondCount += unit.secondCount;
    }
  }
  return sums;
}

/** Returns the difference of the two means. */
function differenceOfSums({ first, firstCount, second, secondCount }: Sums): number {
  return first / firstCount - second / secondCount;
}

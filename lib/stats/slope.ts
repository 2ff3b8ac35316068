import type pl from "nodejs-polars";
import { quantileSorted } from "simple-statistics";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { estimateWhere, type GroupEstimate, numbersOf, unitsOf } from "./group_estimates.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import type { MeansOptions } from "./means.ts";
import { checkLevel, finite } from "./sample.ts";

/**
 * The slope of the straight line through some points by least squares, how much `y` changes for each step of `x`, with its
 * percentile bootstrap interval: a trend is there where the interval leaves out zero.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 9 and 13 (pairs are drawn, not residuals).
 *
 * @throws CircuitbookError when the lists differ in length, a value is not finite, or `x` does not vary.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.slope([0, 1, 2], [1, 0.9, 0.8]).value, -0.1);
 * ```
 */
export function slope(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { seed = 0, level = 0.95, resamples = 2000, groups }: BootstrapOptions = {},
): Estimate {
  const [xs, ys] = [finite(x), finite(y)];
  if (xs.length !== ys.length || (groups && groups.length !== xs.length)) {
    throw new CircuitbookError(
      `Expected lists of one length but found ${xs.length}, ${ys.length}${
        groups ? ` and ${groups.length}` : ""
      } values.`,
    );
  }
  if (xs.every((value) => value === xs[0])) {
    throw new CircuitbookError(`Expected x to vary but found ${xs.length} values, all alike.`);
  }
  const units = [...Map.groupBy(xs.keys(), (i) => groups ? groups[i] : i).values()]
    .map((members) => added(members.map((i) => [1, xs[i], ys[i], xs[i] ** 2, xs[i] * ys[i]])));
  const random = seededRandom(seed);
  const slopes = Array.from(
    { length: resamples },
    () => slopeOf(added(units.map(() => units[integer(random, 0, units.length - 1)]))),
  )
    .filter(Number.isFinite).sort((a, b) => a - b);
  const tail = (1 - checkLevel(level)) / 2;
  return {
    value: slopeOf(added(units)),
    low: quantileSorted(slopes, tail),
    high: quantileSorted(slopes, 1 - tail),
    n: xs.length,
  };
}

/** One group of a table of slopes: the columns that make the groups, and the slope. */
export interface SlopeRow extends GroupEstimate {
  /** The change of `y` for each step of `x`. */
  readonly slope: number;
}

/**
 * The slope of one column over another in each group of a table's rows: a table with the columns of the groups, then `slope`, `low`,
 * `high` (95 % bootstrap interval) and `n`, in the order in which the groups first appear. Yes and no count as 1 and 0.
 *
 * @param by names of the columns whose values make the groups; none: one group of all rows.
 * @throws CircuitbookError when there are no rows, a column is missing or has a cell that is no number, or `x` does not vary within
 * a group.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ place: 0, solved: true }, { place: 2, solved: true }, { place: 4, solved: false }];
 * const slopes = stats.slopesBy(rows, [], { x: "place", y: "solved" });
 * assertEquals(stats.slopeWhere(slopes, {}).value, -0.25);
 * ```
 */
export function slopesBy(
  table: readonly object[] | pl.DataFrame,
  by: readonly string[],
  { x, y }: { x: string; y: string },
  { groups, ...options }: MeansOptions = {},
): TableOf<SlopeRow> {
  return tableOf(
    groupRows(table, by, groups === undefined ? [x, y] : [x, y, groups]).map(
      ({ names, members }) => {
        const [xs, ys] = [x, y].map((column) => numbersOf(members, column));
        const { value, low, high, n } = slope(xs, ys, {
          ...options,
          groups: unitsOf(members, groups),
        });
        return { ...names, slope: value, low, high, n };
      },
    ),
  );
}

/**
 * The slope in one row of a table of slopes: the row whose columns have the given values.
 *
 * @throws CircuitbookError unless exactly one row has them.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ of: "a", x: 0, y: 1 }, { of: "a", x: 1, y: 3 }];
 * assertEquals(stats.slopeWhere(stats.slopesBy(rows, ["of"], { x: "x", y: "y" }), { of: "a" }).value, 2);
 * ```
 */
export function slopeWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
): Estimate {
  return estimateWhere(table, where, "slope");
}

/** n, Σx, Σy, Σx², Σxy. */
type Sums = number[];

function added(parts: readonly Sums[]): Sums {
  const total = [0, 0, 0, 0, 0];
  for (const part of parts) for (let i = 0; i < 5; i++) total[i] += part[i];
  return total;
}

/** Not finite where x does not vary. */
function slopeOf([n, x, y, xx, xy]: Sums): number {
  return (n * xy - x * y) / (n * xx - x * x);
}

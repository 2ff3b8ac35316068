import { meanOf } from "../base/mean.ts";
import type pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { estimateWhere, type GroupEstimate, numbersOf, unitsOf } from "./group_estimates.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import type { MeansOptions } from "./means.ts";
import { percentileInterval } from "./percentiles.ts";
import { finite } from "./sample.ts";

/**
 * Returns the slope of the straight line through some points by least squares, with its percentile
 * bootstrap interval. If the interval does not contain zero, there is a trend. Few points or groups
 * get a wider interval, as in {@link bootstrap}.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 9 and 13. The
 * draws take pairs of x and y, not residuals.
 *
 * @param x the first coordinate of each point.
 * @param y the second coordinate of each point.
 * @param options how many draws, their seed, the confidence, and groups of points that are drawn
 * together.
 * @returns the change of `y` for each step of `x`, its interval, and the number of points.
 * @throws CircuitbookError if the lists differ in length, if a value is not finite, or if `x` does
 * not vary.
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
  options: BootstrapOptions = {},
): Estimate {
  checkArguments("slope", {
    x: [x, is.numbers],
    y: [y, is.numbers],
    options: [options, is.object],
  });
  const { seed = 0, level = 0.95, resamples = 2000, groups } = options;

  const [xs, ys] = [finite(x), finite(y)];
  if (xs.length !== ys.length || (groups && groups.length !== xs.length)) {
    throw new CircuitbookError(
      `Expected lists of one length but found ${xs.length}, ${ys.length}${
        groups ? ` and ${groups.length}` : ""
      } values.`,
    );
  }
  if (xs.every((value) => value === xs[0])) {
    throw new CircuitbookError(`Expected x to vary but found ${xs.length} equal values.`);
  }
  // Sums over numbers far from zero would lose the digits in which the points differ.
  const [dx, dy] = [centred(xs), centred(ys)];
  const units = [...Map.groupBy(xs.keys(), (i) => groups ? groups[i] : i).values()]
    .map((members) => added(members.map((i) => [1, dx[i], dy[i], dx[i] ** 2, dx[i] * dy[i]])));
  const random = seededRandom(seed);
  const slopes = Array.from(
    { length: resamples },
    () => slopeOf(added(units.map(() => units[integer(random, 0, units.length - 1)]))),
  )
    // A draw in which x does not vary has no slope.
    .filter(Number.isFinite);
  return {
    value: slopeOf(added(units)),
    ...percentileInterval(slopes, units.length, level),
    n: xs.length,
  };
}

/** One group of a table of slopes: the columns that make the groups, and the slope. */
export interface SlopeRow extends GroupEstimate {
  /** The change of `y` for each step of `x`. */
  readonly slope: number;
}

/**
 * Returns the slope of one column over another in each group of a table's rows, with its bootstrap
 * interval. True and false count as 1 and 0.
 *
 * @param table the rows.
 * @param by the columns whose values make the groups; without columns, all rows are one group.
 * @param columns the names of the columns `x` and `y`.
 * @param options how the intervals are drawn, and the column that says which rows are drawn
 * together.
 * @returns a row for each group, in the order in which the groups first appear: the columns of
 * `by`, then `slope`, `low`, `high` and `n`.
 * @throws CircuitbookError if there are no rows, if a column is missing, if a cell is not a number,
 * or if `x` does not vary within a group.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ place: 0, solved: true }, { place: 2, solved: true }, {
 *   place: 4,
 *   solved: false,
 * }];
 * const slopes = stats.slopesBy(rows, [], { x: "place", y: "solved" });
 * assertEquals(stats.slopeWhere(slopes, {}).value, -0.25);
 * ```
 */
export function slopesBy(
  table: readonly object[] | pl.DataFrame,
  by: readonly string[],
  columns: { x: string; y: string },
  options: Omit<MeansOptions, "draws"> = {},
): TableOf<SlopeRow> {
  checkArguments("slopesBy", {
    table: [table, is.rows],
    by: [by, is.texts],
    columns: [columns, is.like("an object", "x", "y")],
    options: [options, is.object],
  });
  const { x, y } = columns;
  const { groups, ...drawing } = options;

  return tableOf(
    groupRows(table, by, groups === undefined ? [x, y] : [x, y, groups]).map(
      ({ names, members }) => {
        const [xs, ys] = [x, y].map((column) => numbersOf(members, column));
        const { value, low, high, n } = slope(xs, ys, {
          ...drawing,
          groups: unitsOf(members, groups),
        });
        return { ...names, slope: value, low, high, n };
      },
    ),
  );
}

/**
 * Returns the slope in the one row of a table that has the given values.
 *
 * @param table a table of {@link slopesBy}.
 * @param where the value of each column that picks the row.
 * @returns the slope, its interval, and the number of rows of the group.
 * @throws CircuitbookError unless exactly one row has the values.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ of: "a", x: 0, y: 1 }, { of: "a", x: 1, y: 3 }];
 * assertEquals(
 *   stats.slopeWhere(stats.slopesBy(rows, ["of"], { x: "x", y: "y" }), { of: "a" }).value,
 *   2,
 * );
 * ```
 */
export function slopeWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
): Estimate {
  checkArguments("slopeWhere", { table: [table, is.table], where: [where, is.object] });

  return estimateWhere(table, where, "slope");
}

/** The sums over some points: n, Σx, Σy, Σx², Σxy. */
type Sums = number[];

/** Returns the sums over the points of all parts. */
function added(parts: readonly Sums[]): Sums {
  const total = [0, 0, 0, 0, 0];
  for (const part of parts) for (let i = 0; i < 5; i++) total[i] += part[i];
  return total;
}

/** Returns numbers minus their mean. */
function centred(values: readonly number[]): number[] {
  const centre = meanOf(values);
  return values.map((value) => value - centre);
}

/** The share of a sum of squares that rounding may leave where x does not vary. */
const ROUNDING = 1e-12;

/** Returns the slope of the line through the points; NaN if x does not vary. */
function slopeOf([n, x, y, xx, xy]: Sums): number {
  const spread = n * xx - x * x;
  return spread > ROUNDING * n * xx ? (n * xy - x * y) / spread : NaN;
}

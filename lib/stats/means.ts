import type pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { numberRows } from "../table/rows.ts";
import { estimateWhere, type GroupEstimate, numbersOf, unitsOf } from "./group_estimates.ts";
import { meanOver } from "./effect.ts";
import { bootstrap, type BootstrapOptions, type Estimate, wilson } from "./intervals.ts";

/** How the interval of each group is drawn. */
export interface MeansOptions extends Omit<BootstrapOptions, "groups"> {
  /** The column that says which rows are drawn together, such as the problem of an attempt. */
  readonly groups?: string;
  /**
   * The column that numbers the random draws of an experiment, such as random sets of heads. The
   * draws are then a sample as well, and the 95 % interval is over `groups`, which have to be
   * named, and draws, as in `stats.effect`. Default: draws count as fixed.
   */
  readonly draws?: string;
}

/** One group of a table of means: the columns that make the groups, and the mean. */
export interface MeanRow extends GroupEstimate {
  /** The mean of the column over the rows of the group. */
  readonly mean: number;
}

/**
 * Returns the mean of a column in each group of a table's rows, with its bootstrap interval. True
 * and false count as 1 and 0. If all cells of a group are true, or all false, the bootstrap says
 * nothing, and the interval is Wilson's, with as many cases as there are rows, or as there are
 * groups of rows that are drawn together.
 *
 * @param table the rows.
 * @param by the columns whose values make the groups; without columns, all rows are one group.
 * @param column the column whose mean is taken.
 * @param options how the intervals are drawn, the column that says which rows are drawn together,
 * and the column of random draws.
 * @returns a row for each group, in the order in which the groups first appear: the columns of
 * `by`, then `mean`, `low`, `high` and `n`.
 * @throws CircuitbookError if there are no rows, if a column is missing, if a cell is not a number,
 * or if `draws` stands without `groups` or with `level` or `resamples`.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ k: 0, p: 0.9 }, { k: 10, p: 0.2 }, { k: 10, p: 0.4 }];
 * assertEquals(stats.meansBy(rows, ["k"], "p").getColumn("n").toArray(), [1, 2]);
 * ```
 */
export function meansBy(
  table: readonly object[] | pl.DataFrame,
  by: readonly string[],
  column: string,
  options: MeansOptions = {},
): TableOf<MeanRow> {
  checkArguments("meansBy", {
    table: [table, is.rows],
    by: [by, is.texts],
    column: [column, is.text],
    options: [options, is.object],
  });
  const { groups, draws, ...drawing } = options;
  const others = [column, groups, draws].filter((name) => name !== undefined);
  if (draws !== undefined && (groups === undefined || drawing.level || drawing.resamples)) {
    throw new CircuitbookError(
      `Expected "draws" together with "groups", and without "level" and "resamples", but found ${
        shown(options)
      }.`,
    );
  }

  return tableOf(
    groupRows(table, by, others).map(({ names, members }) => {
      const { value, low, high } = draws === undefined
        ? meanEstimate(members, column, { ...drawing, groups })
        : meanOver(members, { of: column, over: groups!, draws, seed: drawing.seed });
      return { ...names, mean: value, low, high, n: members.length };
    }),
  );
}

/** Returns the mean of a column with its interval; of shares without spread Wilson's. */
function meanEstimate(
  rows: readonly object[],
  column: string,
  { groups, ...drawing }: MeansOptions,
): Estimate {
  const values = numbersOf(rows, column);
  const units = unitsOf(rows, groups);
  const isSettled = values.every((value) => value === values[0]);
  const isOfShares = typeof (rows[0] as Record<string, unknown>)[column] === "boolean";
  if (!isSettled || !isOfShares) return bootstrap(values, { ...drawing, groups: units });
  const n = units === undefined ? values.length : new Set(units).size;
  return wilson(values[0] * n, n, { level: drawing.level });
}

/**
 * Returns the mean in the one row of a table that has the given values.
 *
 * @param table a table of {@link meansBy}.
 * @param where the value of each column that picks the row.
 * @returns the mean, its interval, and the number of rows of the group.
 * @throws CircuitbookError unless exactly one row has the values.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const means = stats.meansBy([{ k: 10, p: 0.25 }, { k: 10, p: 0.75 }], ["k"], "p");
 * assertEquals(stats.meanWhere(means, { k: 10 }).value, 0.5);
 * ```
 */
export function meanWhere(table: pl.DataFrame, where: Readonly<Record<string, unknown>>): Estimate {
  checkArguments("meanWhere", { table: [table, is.table], where: [where, is.object] });

  return estimateWhere(table, where, "mean");
}

/**
 * Returns the row in which a column is highest; the first of them if there are several.
 *
 * @param table the rows.
 * @param column the column that is compared. Rows in which it is not finite are skipped.
 * @returns the columns of the row that hold numbers.
 * @throws CircuitbookError if the table is empty, or if the column is missing or holds no numbers.
 *
 * @example
 * ```ts
 * import { stats, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tables.tableOf([{ layer: 4, mean: 0.1 }, { layer: 5, mean: 0.4 }]);
 * assertEquals(stats.highest(table, "mean"), { layer: 5, mean: 0.4 });
 * ```
 */
export function highest(table: pl.DataFrame, column: string): Record<string, number> {
  checkArguments("highest", { table: [table, is.table], column: [column, is.text] });

  const [first, ...rest] = numberRows(table).filter((row) => Number.isFinite(row[column]));
  if (!first) {
    throw new CircuitbookError(
      `Expected rows with numbers in "${column}" but found ${table.height} rows of ${
        table.columns.join(", ")
      }.`,
    );
  }
  return rest.reduce((best, next) => next[column] > best[column] ? next : best, first);
}

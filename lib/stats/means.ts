import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { numberRows } from "../table/rows.ts";
import { estimateWhere, type GroupEstimate, numbersOf, unitsOf } from "./group_estimates.ts";
import { bootstrap, type BootstrapOptions, type Estimate } from "./intervals.ts";

/** How means are taken. */
export interface MeansOptions extends Omit<BootstrapOptions, "groups"> {
  /** The column that says what belongs together (attempts of one problem): drawn together. */
  readonly groups?: string;
}

/** One group of a table of means: the columns that make the groups, and the mean. */
export interface MeanRow extends GroupEstimate {
  /** The mean of the column over the rows of the group. */
  readonly mean: number;
}

/**
 * The mean of a column in each group of a table's rows: a table with the columns of the groups, then `mean`, `low`, `high` (95 %
 * bootstrap interval) and `n`, in the order in which the groups first appear. Yes and no count as 1 and 0.
 *
 * @param by names of the columns whose values make the groups; none: one group of all rows.
 * @throws CircuitbookError when there are no rows, a column is missing, or one of its cells is no number.
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
  { groups, ...options }: MeansOptions = {},
): TableOf<MeanRow> {
  return tableOf(
    groupRows(table, by, groups === undefined ? [column] : [column, groups]).map(
      ({ names, members }) => {
        const drawn = { ...options, groups: unitsOf(members, groups) };
        const { value, low, high, n } = bootstrap(numbersOf(members, column), drawn);
        return { ...names, mean: value, low, high, n };
      },
    ),
  );
}

/**
 * The mean in one row of a table of means: the row whose columns have the given values.
 *
 * @throws CircuitbookError unless exactly one row has them.
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
  return estimateWhere(table, where, "mean");
}

/**
 * The numbers of the row in which a column is highest; the first where several are.
 *
 * @throws CircuitbookError when the table is empty or has no such column of numbers.
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

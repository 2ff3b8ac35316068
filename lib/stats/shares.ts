import type pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { estimateWhere, type GroupEstimate } from "./group_estimates.ts";
import { type Estimate, wilson } from "./intervals.ts";

/** One group of a table of shares: the columns that make the groups, and the share. */
export interface ShareRow extends GroupEstimate {
  /** The share of the rows of the group for which the condition holds, from 0 to 1. */
  readonly share: number;
}

/**
 * Returns how often a condition holds in each group of a table's rows, with 95 % Wilson intervals.
 *
 * @param table the rows.
 * @param by the columns whose values make the groups; without columns, all rows are one group.
 * @param holds returns whether the condition holds for a row.
 * @returns a row for each group, in the order in which the groups first appear: the columns of
 * `by`, then `share`, `low`, `high` and `n`.
 * @throws CircuitbookError if there are no rows, or if a column is missing.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ scale: 0, said: "wrong" }, { scale: 40, said: "right" }, {
 *   scale: 40,
 *   said: "wrong",
 * }];
 * const table = stats.sharesBy(rows, ["scale"], ({ said }) => said === "right");
 * assertEquals(table.getColumn("share").toArray(), [0, 0.5]);
 * ```
 */
export function sharesBy<R extends object>(
  table: readonly R[] | pl.DataFrame,
  by: readonly string[],
  holds: (row: R) => boolean,
): TableOf<ShareRow> {
  checkArguments("sharesBy", {
    table: [table, is.either(is.list, is.table)],
    by: [by, is.texts],
    holds: [holds, is.callable],
  });

  return tableOf(
    groupRows(table, by).map(({ names, members }) => {
      const { value, low, high, n } = wilson(members.filter(holds).length, members.length);
      return { ...names, share: value, low, high, n };
    }),
  );
}

/**
 * Returns the share in the one row of a table that has the given values.
 *
 * @param table a table of {@link sharesBy}.
 * @param where the value of each column that picks the row.
 * @returns the share, its interval, and the number of rows of the group.
 * @throws CircuitbookError unless exactly one row has the values.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const shares = stats.sharesBy(
 *   [{ scale: 40, said: "right" }],
 *   ["scale"],
 *   ({ said }) => said === "right",
 * );
 * assertEquals(stats.shareWhere(shares, { scale: 40 }).value, 1);
 * ```
 */
export function shareWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
): Estimate {
  checkArguments("shareWhere", { table: [table, is.table], where: [where, is.object] });

  return estimateWhere(table, where, "share");
}

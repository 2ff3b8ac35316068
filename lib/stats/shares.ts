import type pl from "nodejs-polars";
import { groupRows } from "../table/groups.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { estimateWhere, type GroupEstimate } from "./group_estimates.ts";
import { type Estimate, wilson } from "./intervals.ts";

/** One group of a table of shares: the columns that make the groups, and the share. */
export interface ShareRow extends GroupEstimate {
  /** The part of the rows of the group for which something holds, from 0 to 1. */
  readonly share: number;
}

/**
 * How often something holds in each group of a table's rows: a table with the columns of the groups, then `share`, `low`,
 * `high` (95 % Wilson interval) and `n`, in the order in which the groups first appear.
 *
 * @param by names of the columns whose values make the groups; none: one group of all rows.
 * @param holds says of a row whether it holds.
 * @throws CircuitbookError when there are no rows, or a column is missing.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ scale: 0, said: "wrong" }, { scale: 40, said: "right" }, { scale: 40, said: "wrong" }];
 * const table = stats.sharesBy(rows, ["scale"], ({ said }) => said === "right");
 * assertEquals(table.getColumn("share").toArray(), [0, 0.5]);
 * ```
 */
export function sharesBy<R extends object>(
  table: readonly R[] | pl.DataFrame,
  by: readonly string[],
  holds: (row: R) => boolean,
): TableOf<ShareRow> {
  return tableOf(
    groupRows(table, by).map(({ names, members }) => {
      const { value, low, high, n } = wilson(members.filter(holds).length, members.length);
      return { ...names, share: value, low, high, n };
    }),
  );
}

/**
 * The share in one row of a table of shares: the row whose columns have the given values.
 *
 * @throws CircuitbookError unless exactly one row has them.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const shares = stats.sharesBy([{ scale: 40, said: "right" }], ["scale"], ({ said }) => said === "right");
 * assertEquals(stats.shareWhere(shares, { scale: 40 }).value, 1);
 * ```
 */
export function shareWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
): Estimate {
  return estimateWhere(table, where, "share");
}

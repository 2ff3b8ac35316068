import pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { type Estimate, wilson } from "./intervals.ts";

/** One row of a table: values by column name. */
type Row = Readonly<Record<string, unknown>>;

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
 * import { sharesBy } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ scale: 0, said: "wrong" }, { scale: 40, said: "right" }, { scale: 40, said: "wrong" }];
 * const table = sharesBy(rows, ["scale"], ({ said }) => said === "right");
 * assertEquals(table.getColumn("share").toArray(), [0, 0.5]);
 * ```
 */
export function sharesBy<R extends object>(
  table: readonly R[] | pl.DataFrame,
  by: readonly string[],
  holds: (row: R) => boolean,
): pl.DataFrame {
  const rows = (Array.isArray(table) ? table : (table as pl.DataFrame).toRecords()) as readonly R[];
  if (!rows.length) throw new CircuitbookError("Expected at least one row to count but found an empty table.");
  const columns = Object.keys(rows[0]), missing = by.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    const nearest = nearestNames(missing, columns).join(", ");
    throw new CircuitbookError(`Expected one of the columns of the table but found "${missing}"; nearest: ${nearest}.`);
  }
  const groups = Map.groupBy(rows, (row) => JSON.stringify(by.map((name) => (row as Row)[name])));
  return pl.DataFrame(
    [...groups.values()].map((members) => {
      const { value, low, high, n } = wilson(members.filter(holds).length, members.length);
      return { ...Object.fromEntries(by.map((name) => [name, (members[0] as Row)[name]])), share: value, low, high, n };
    }),
  );
}

/**
 * The rows of a table whose columns have the given values.
 *
 * @throws CircuitbookError when no row has them.
 *
 * @example
 * ```ts
 * import { rowsWhere } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ series: ["W[1]", "random", "W[1]"], scale: [0, 0, 40] });
 * assertEquals(rowsWhere(table, { series: "W[1]" }).height, 2);
 * ```
 */
export function rowsWhere(table: pl.DataFrame, where: Row): pl.DataFrame {
  const rows = table.toRecords().filter((row) => Object.entries(where).every(([name, value]) => row[name] === value));
  if (!rows.length) throw new CircuitbookError(`Expected rows with ${JSON.stringify(where)} but found none.`);
  return pl.DataFrame(rows);
}

/**
 * The share in one row of a table of shares: the row whose columns have the given values.
 *
 * @throws CircuitbookError unless exactly one row has them.
 *
 * @example
 * ```ts
 * import { sharesBy, shareWhere } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const shares = sharesBy([{ scale: 40, said: "right" }], ["scale"], ({ said }) => said === "right");
 * assertEquals(shareWhere(shares, { scale: 40 }).value, 1);
 * ```
 */
export function shareWhere(table: pl.DataFrame, where: Row): Estimate {
  const rows = numberRows(rowsWhere(table, where));
  if (rows.length !== 1) {
    throw new CircuitbookError(`Expected one row with ${JSON.stringify(where)} but found ${rows.length}.`);
  }
  const [{ share, low, high, n }] = rows;
  return { value: share, low, high, n };
}

/**
 * The rows of a table as the numbers in them; columns of other kinds are left out.
 *
 * @example
 * ```ts
 * import { numberRows } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * assertEquals(numberRows(pl.DataFrame({ layer: [6], accuracy: [0.98], name: ["this"] })), [{ layer: 6, accuracy: 0.98 }]);
 * ```
 */
export function numberRows(table: pl.DataFrame): Record<string, number>[] {
  return table.toRecords().map((row) =>
    Object.fromEntries(Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === "number"))
  );
}

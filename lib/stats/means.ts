import pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { bootstrap, type BootstrapOptions, type Estimate } from "./intervals.ts";
import { numberRows, rowsWhere } from "./shares.ts";

/** How means are taken. */
export interface MeansOptions extends Omit<BootstrapOptions, "groups"> {
  /** The column that says what belongs together (attempts of one problem): drawn together. */
  readonly groups?: string;
}

/**
 * The mean of a column in each group of a table's rows: a table with the columns of the groups, then `mean`, `low`, `high` (95 %
 * bootstrap interval) and `n`, in the order in which the groups first appear.
 *
 * @param by names of the columns whose values make the groups; none: one group of all rows.
 * @throws CircuitbookError when there are no rows, or a column is missing.
 *
 * @example
 * ```ts
 * import { meansBy } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ k: 0, p: 0.9 }, { k: 10, p: 0.2 }, { k: 10, p: 0.4 }];
 * assertEquals(meansBy(rows, ["k"], "p").getColumn("n").toArray(), [1, 2]);
 * ```
 */
export function meansBy(
  table: readonly object[] | pl.DataFrame,
  by: readonly string[],
  column: string,
  { groups, ...options }: MeansOptions = {},
): pl.DataFrame {
  const rows = (Array.isArray(table) ? table : (table as pl.DataFrame).toRecords()) as Record<string, unknown>[];
  if (!rows.length) throw new CircuitbookError("Expected at least one row to take means of but found an empty table.");
  const columns = Object.keys(rows[0]);
  const missing = [...by, column, ...groups === undefined ? [] : [groups]].find((name) => !columns.includes(name));
  if (missing !== undefined) {
    const nearest = nearestNames(missing, columns).join(", ");
    throw new CircuitbookError(`Expected one of the columns of the table but found "${missing}"; nearest: ${nearest}.`);
  }
  const parts = Map.groupBy(rows, (row) => JSON.stringify(by.map((name) => row[name])));
  return pl.DataFrame([...parts.values()].map((members) => {
    const own = groups === undefined ? undefined : members.map((row) => row[groups] as string | number);
    const { value, low, high, n } = bootstrap(members.map((row) => Number(row[column])), { ...options, groups: own });
    return { ...Object.fromEntries(by.map((name) => [name, members[0][name]])), mean: value, low, high, n };
  }));
}

/**
 * The mean in one row of a table of means: the row whose columns have the given values.
 *
 * @throws CircuitbookError unless exactly one row has them.
 *
 * @example
 * ```ts
 * import { meansBy, meanWhere } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const means = meansBy([{ k: 10, p: 0.25 }, { k: 10, p: 0.75 }], ["k"], "p");
 * assertEquals(meanWhere(means, { k: 10 }).value, 0.5);
 * ```
 */
export function meanWhere(table: pl.DataFrame, where: Readonly<Record<string, unknown>>): Estimate {
  const rows = numberRows(rowsWhere(table, where));
  if (rows.length !== 1) {
    throw new CircuitbookError(`Expected one row with ${JSON.stringify(where)} but found ${rows.length}.`);
  }
  const [{ mean, low, high, n }] = rows;
  return { value: mean, low, high, n };
}

/**
 * The numbers of the row in which a column is highest; the first where several are.
 *
 * @throws CircuitbookError when the table is empty or has no such column of numbers.
 *
 * @example
 * ```ts
 * import { highest } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * assertEquals(highest(pl.DataFrame({ layer: [4, 5, 6], mean: [0.1, 0.4, 0.2] }), "mean"), { layer: 5, mean: 0.4 });
 * ```
 */
export function highest(table: pl.DataFrame, column: string): Record<string, number> {
  const [first, ...rest] = numberRows(table);
  if (first?.[column] === undefined) {
    throw new CircuitbookError(
      `Expected rows with numbers in "${column}" but found ${table.height} rows of ${table.columns.join(", ")}.`,
    );
  }
  return rest.reduce((best, next) => next[column] > best[column] ? next : best, first);
}

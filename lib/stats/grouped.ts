import type pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Estimate } from "./intervals.ts";
import { numberRows, rowsWhere } from "../table/rows.ts";

/** Some rows of a table that have the same values in the columns that make the groups. */
export interface Group<R> {
  /** These columns, with their values. */
  readonly names: Record<string, unknown>;
  readonly members: readonly R[];
}

/**
 * The rows of a table in groups, in the order in which these first appear.
 *
 * @param by names of the columns whose values make the groups; none: one group of all rows.
 * @param others columns that must be there, too.
 * @throws CircuitbookError when there are no rows, or a column is missing.
 */
export function grouped<R extends object>(
  table: readonly R[] | pl.DataFrame,
  by: readonly string[],
  others: readonly (string | undefined)[] = [],
): Group<R>[] {
  const rows = (Array.isArray(table) ? table : (table as pl.DataFrame).toRecords()) as readonly R[];
  if (!rows.length) {
    throw new CircuitbookError("Expected at least one row but found an empty table.");
  }
  const columns = Object.keys(rows[0]);
  const missing = [...by, ...others].find((name) => name !== undefined && !columns.includes(name));
  if (missing !== undefined) {
    const nearest = nearestNames(missing, columns).join(", ");
    throw new CircuitbookError(
      `Expected one of the columns of the table but found "${missing}"; nearest: ${nearest}.`,
    );
  }
  const valuesOf = (row: R) => by.map((name) => (row as Record<string, unknown>)[name]);
  const groups = Map.groupBy(rows, (row) => JSON.stringify(valuesOf(row)));
  return [...groups.values()].map((members) => {
    const values = valuesOf(members[0]);
    return { names: Object.fromEntries(by.map((name, i) => [name, values[i]])), members };
  });
}

/** The numbers of a column in some rows; yes and no are 1 and 0, and an empty cell is no number. */
export function numbersOf(rows: readonly object[], column: string): number[] {
  return rows.map((row) => {
    const value = (row as Record<string, unknown>)[column];
    return value === null ? NaN : Number(value);
  });
}

/** The values of a column that say what belongs together; undefined without one. */
export function unitsOf(
  rows: readonly object[],
  column: string | undefined,
): (string | number)[] | undefined {
  return column === undefined
    ? undefined
    : rows.map((row) => (row as Record<string, string | number>)[column]);
}

/** The estimate in the one row of a table that has the given values. @throws CircuitbookError unless exactly one row has them. */
export function estimateWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
  column: string,
): Estimate {
  const rows = numberRows(rowsWhere(table, where));
  if (rows.length !== 1) {
    throw new CircuitbookError(
      `Expected one row with ${JSON.stringify(where)} but found ${rows.length}.`,
    );
  }
  const [{ [column]: value, low, high, n }] = rows;
  return { value, low, high, n };
}

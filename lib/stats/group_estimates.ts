import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import { numberRows, rowsWhere } from "../table/rows.ts";
import type { Estimate } from "./intervals.ts";

/** The columns that every table of estimates by group has. */
export interface GroupEstimate {
  /** The lower end of the interval. */
  readonly low: number;
  /** The upper end of the interval. */
  readonly high: number;
  /** The number of rows of the group. */
  readonly n: number;
  /** The columns that make the groups. */
  readonly [group: string]: unknown;
}

/**
 * Returns the numbers of a column in some rows. True and false count as 1 and 0; an empty cell is
 * NaN.
 *
 * @throws CircuitbookError if a cell is a text or anything else that is not a number.
 */
export function numbersOf(rows: readonly object[], column: string): number[] {
  return rows.map((row) => {
    const value = (row as Record<string, unknown>)[column];
    if (value === null || value === undefined) return NaN;
    if (["number", "boolean", "bigint"].includes(typeof value)) return Number(value);
    throw new CircuitbookError(
      `Expected numbers in the column "${column}" but found ${shown(value)}.`,
    );
  });
}

/**
 * Returns the values of the column that says which rows are drawn together; `undefined` without a
 * column.
 */
export function unitsOf(
  rows: readonly object[],
  column: string | undefined,
): (string | number)[] | undefined {
  if (column === undefined) return undefined;
  return rows.map((row) => (row as Record<string, string | number>)[column]);
}

/**
 * Returns the estimate in the one row of a table that has the given values.
 *
 * @param column the column that holds the value of the estimate, beside `low`, `high` and `n`.
 * @throws CircuitbookError unless exactly one row has the values.
 */
export function estimateWhere(
  table: pl.DataFrame,
  where: Readonly<Record<string, unknown>>,
  column: string,
): Estimate {
  const rows = numberRows(rowsWhere(table, where));
  if (rows.length !== 1) {
    throw new CircuitbookError(
      `Expected one row with ${shown(where)} but found ${rows.length}.`,
    );
  }
  const [{ [column]: value, low, high, n }] = rows;
  return { value, low, high, n };
}

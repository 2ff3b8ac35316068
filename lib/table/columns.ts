import type pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import { listed } from "../base/shortened.ts";

/**
 * Checks that a table has columns.
 *
 * @param found the names of the columns of the table.
 * @param needed the names of the columns that must be there.
 * @throws CircuitbookError if a name is no text, or if a column is missing; the message lists the
 * columns and the nearest name.
 */
export function checkColumns(found: readonly string[], needed: readonly string[]): void {
  for (const column of needed) {
    if (found.includes(column)) continue;
    // Code that is not type-checked may give any value for a name.
    if (typeof column !== "string") {
      throw new CircuitbookError(`Expected the name of a column but found ${shown(column)}.`);
    }
    const nearest = nearestNames(column, found, 1);
    throw new CircuitbookError(
      `Expected a column "${column}" but found ${listed(found)}; nearest: ${
        nearest.join() || "none"
      }.`,
    );
  }
}

/**
 * Returns the cells of a column.
 *
 * @param table a polars frame, or its rows as objects.
 * @throws CircuitbookError if the column is missing.
 */
export function columnOf(
  table: pl.DataFrame | readonly Readonly<Record<string, unknown>>[],
  name: string,
): unknown[] {
  if (Array.isArray(table)) {
    checkColumns(Object.keys(table[0] ?? {}), [name]);
    return table.map((row) => row[name]);
  }
  const frame = table as pl.DataFrame;
  checkColumns(frame.columns, [name]);
  return frame.getColumn(name).toArray();
}

import type pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";

/**
 * Returns the cells of a column.
 *
 * @param table a polars frame, or its rows as objects.
 * @throws CircuitbookError naming the nearest column if the table has no such column.
 */
export function columnOf(
  table: pl.DataFrame | readonly Readonly<Record<string, unknown>>[],
  name: string,
): unknown[] {
  const isList = Array.isArray(table);
  const columns = isList ? Object.keys(table[0] ?? {}) : (table as pl.DataFrame).columns;
  if (!columns.includes(name)) {
    const nearest = nearestNames(name, columns, 1);
    throw new CircuitbookError(
      `Expected one of the columns ${columns.join(", ")} but found "${name}"; nearest: ${nearest}.`,
    );
  }
  return isList ? table.map((row) => row[name]) : (table as pl.DataFrame).getColumn(name).toArray();
}

import type pl from "nodejs-polars";
import { CircuitbookError, nearestNames } from "../base/errors.ts";

/**
 * Returns the cells of a column.
 *
 * @throws CircuitbookError naming the nearest column if the table has no such column.
 */
export function columnOf(table: pl.DataFrame, name: string): unknown[] {
  if (table.columns.includes(name)) return table.getColumn(name).toArray();
  const nearest = nearestNames(name, table.columns, 1);
  throw new CircuitbookError(
    `Expected one of the columns ${
      table.columns.join(", ")
    } but found "${name}"; nearest: ${nearest}.`,
  );
}

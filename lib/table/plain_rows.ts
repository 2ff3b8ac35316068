import { CircuitbookError, nearestNames } from "../base/errors.ts";

/** One row of a table: values by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** What figures draw: a polars frame, or plain rows. */
export type Table = { toRecords(): Row[] } | readonly Row[];

/** Whether a value is one table, rather than several under their names. */
export function isTable(value: Table | Readonly<Record<string, Table>>): value is Table {
  return Array.isArray(value) || isFrame(value);
}

/** A polars frame is a proxy on which `in` finds nothing. */
function isFrame(value: object): value is { toRecords(): Row[] } {
  return typeof (value as { toRecords?: unknown }).toRecords === "function";
}

/**
 * The rows of a table.
 *
 * @throws CircuitbookError when there are none, or when one of the columns needed is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plot.rowsOf([{ layer: 0, accuracy: 0.5 }], ["layer"]).length, 1);
 * ```
 */
export function rowsOf(table: Table, columns: readonly string[] = []): readonly Row[] {
  const rows = isFrame(table) ? table.toRecords() : table;
  if (rows.length === 0) {
    throw new CircuitbookError("Expected at least one row to draw but found an empty table.");
  }
  const found = Object.keys(rows[0]);
  for (const column of columns) {
    if (!found.includes(column)) {
      throw new CircuitbookError(
        `Expected a column "${column}" but found ${found.join(", ")}; nearest: ${
          nearestNames(column, found, 1)
        }.`,
      );
    }
  }
  return rows;
}

/** The number in a cell; `undefined` where the cell is empty. @throws CircuitbookError when it holds something else. */
export function optionalNumber(row: Row, column: string): number | undefined {
  const value = row[column];
  if (value === null || value === undefined) return undefined;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new CircuitbookError(
    `Expected a number in column "${column}" but found ${JSON.stringify(value)}.`,
  );
}

/** The number in a cell. @throws CircuitbookError when it is empty or holds something else. */
export function numberIn(row: Row, column: string): number {
  const value = optionalNumber(row, column);
  if (value === undefined) {
    throw new CircuitbookError(`Expected a number in column "${column}" but found an empty cell.`);
  }
  return value;
}

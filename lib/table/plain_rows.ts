import { CircuitbookError } from "../base/errors.ts";
import { type Frame, isFrame } from "../base/frame.ts";
import { shown } from "../base/options.ts";
import { checkColumns } from "./columns.ts";

/** One row of a table: values by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** What figures draw: a polars frame, or plain rows. */
export type Table = Frame | readonly Row[];

/** Returns whether a value is one table rather than an object of several tables by name. */
export function isTable(value: Table | Readonly<Record<string, Table>>): value is Table {
  return Array.isArray(value) || isFrame(value);
}

/**
 * Returns tables with their names; one table alone has the empty name.
 *
 * @throws CircuitbookError if the value is neither a table nor an object of tables.
 */
export function namedTables(
  tables: Table | Readonly<Record<string, Table>>,
): [name: string, table: Table][] {
  if (isTable(tables)) return [["", tables]];
  if (typeof tables !== "object" || tables === null) throw notATable(tables);
  return Object.entries(tables);
}

/**
 * Returns the rows of a table that has the given columns.
 *
 * @throws CircuitbookError if the value is not a table, has no rows, or lacks one of the columns.
 */
export function rowsWith(table: Table, columns: readonly string[] = []): readonly Row[] {
  const rows = isFrame(table) ? table.toRecords() : table;
  if (!Array.isArray(rows)) {
    throw notATable(table);
  }
  if (rows.length === 0) {
    throw new CircuitbookError("Expected at least one row to draw but found an empty table.");
  }
  checkColumns(Object.keys(rows[0]), columns);
  return rows;
}

function notATable(value: unknown): CircuitbookError {
  return new CircuitbookError(
    `Expected a table (a polars frame or a list of rows) but found ${shown(value)}.`,
  );
}

/**
 * Returns the number in a cell, or `undefined` for an empty cell.
 *
 * @throws CircuitbookError if the cell holds something other than a number.
 */
export function optionalNumber(row: Row, column: string): number | undefined {
  const value = row[column];
  if (value === null || value === undefined) return undefined;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new CircuitbookError(
    `Expected a number in column "${column}" but found ${shown(value)}.`,
  );
}

/**
 * Returns the number in a cell.
 *
 * @throws CircuitbookError if the cell is empty or holds something other than a number.
 */
export function numberIn(row: Row, column: string): number {
  const value = optionalNumber(row, column);
  if (value === undefined) {
    throw new CircuitbookError(`Expected a number in column "${column}" but found an empty cell.`);
  }
  return value;
}

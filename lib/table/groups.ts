import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { isFrame } from "../base/frame.ts";
import { checkColumns } from "./columns.ts";

/** The rows of a table that have the same values in some columns. */
export interface RowGroup<Row> {
  /** The columns that make the groups, with the values of this group. */
  readonly names: Record<string, unknown>;
  /** The rows of the group, in the order of the table. */
  readonly members: readonly Row[];
}

/**
 * Returns the rows of a table in groups, in the order in which the groups first appear.
 *
 * @param table a polars frame, or rows.
 * @param by the columns whose values make the groups; with none, all rows are one group.
 * @param others further columns that the table must have.
 * @throws CircuitbookError if there are no rows, or a column is missing.
 */
export function groupRows<Row extends object>(
  table: readonly Row[] | pl.DataFrame,
  by: readonly string[],
  others: readonly string[] = [],
): RowGroup<Row>[] {
  const rows = (isFrame(table) ? table.toRecords() : table) as readonly Row[];
  if (rows.length === 0) {
    throw new CircuitbookError("Expected at least one row but found an empty table.");
  }
  checkColumns(Object.keys(rows[0]), [...by, ...others]);
  const valuesOf = (row: Row): unknown[] => by.map((name) => row[name as keyof Row]);
  const groups = Map.groupBy(rows, (row) => JSON.stringify(valuesOf(row)));
  return [...groups.values()].map((members) => {
    const values = valuesOf(members[0]);
    return { names: Object.fromEntries(by.map((name, i) => [name, values[i]])), members };
  });
}

import pl from "nodejs-polars";
import { checkArguments, is, type Kind } from "../base/arguments.ts";
import { withWholeIndices } from "./index_columns.ts";
import type { Row } from "./plain_rows.ts";

/**
 * A polars frame whose rows are written down as a type, so that editors complete the columns of
 * {@link rowsOf}.
 */
export type TableOf<R extends object> = import("nodejs-polars").DataFrame & {
  /** Never present: the property only gives the type of the rows to the type checker. */
  readonly "row type"?: R;
};

/**
 * Returns a table with the given rows. Column types are read from all rows, so that a column may
 * begin with nulls. Numbers are f64, but columns that number layers, heads, neurons, positions,
 * rows or examples are i64, so that they are whole numbers in CSV files, too.
 *
 * @param rows the rows; each has the same columns.
 * @param schema the types of columns that the rows alone cannot tell: columns of nulls, or no rows.
 * @returns a polars frame whose row type is that of the rows.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const effects = tables.tableOf([{ layer: 0, effect: null }, { layer: 1, effect: 0.5 }]);
 * assertEquals(tables.rowsOf(effects)[1].effect, 0.5);
 * ```
 */
export function tableOf<R extends object>(
  rows: readonly R[],
  schema?: Readonly<Record<string, pl.DataType>>,
): TableOf<R> {
  checkArguments("tableOf", { rows: [rows, is.list], schema: [schema, is.optional(columnTypes)] });

  const table = pl.DataFrame([...rows], { schema, inferSchemaLength: rows.length });
  return schema !== undefined || rows.length === 0 ? table : withWholeIndices(table);
}

/**
 * Returns the rows of a table as objects, with the columns of its row type.
 *
 * @param table a polars frame.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const heads = tables.tableOf([{ layer: 1, head: 3, effect: -0.2 }]);
 * assertEquals(tables.rowsOf(heads), [{ layer: 1, head: 3, effect: -0.2 }]);
 * ```
 */
export function rowsOf<R extends object = Row>(table: TableOf<R>): R[] {
  checkArguments("rowsOf", { table: [table, is.table] });

  return table.toRecords() as R[];
}

/** The kind of an argument that gives the types of columns. */
const columnTypes: Kind = {
  noun: "polars types by column",
  accepts: (value) =>
    is.object.accepts(value) &&
    Object.values(value as object).every((type) => type instanceof pl.DataType),
};

import pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { shown } from "../base/options.ts";
import { checkColumns } from "./columns.ts";
import type { Row } from "./plain_rows.ts";
import { rowsOf, type TableOf } from "./table.ts";

/** The name of a column that exists only while rows are chosen. */
const CHOSEN = "\0chosen";

/**
 * Returns the rows of a table that have the given values. The columns keep their types.
 *
 * @param table a polars frame.
 * @param where a value for each column that must match.
 * @returns a table with the same columns and at least one row.
 * @throws CircuitbookError if a column is missing, or no row has the values.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tables.tableOf([{ series: "W[1]", k: 0 }, { series: "random", k: 0 }]);
 * assertEquals(tables.rowsWhere(table, { series: "W[1]" }).height, 1);
 * ```
 */
export function rowsWhere<R extends object = Row>(
  table: TableOf<R>,
  where: { readonly [Column in keyof NoInfer<R>]?: unknown },
): TableOf<R> {
  checkArguments("rowsWhere", { table: [table, is.table], where: [where, is.object] });

  const wanted = Object.entries(where) as [keyof R & string, unknown][];
  checkColumns(table.columns, wanted.map(([column]) => column));
  const chosen = rowsOf(table).map((row) =>
    wanted.every(([column, value]) => row[column] === value)
  );
  if (!chosen.includes(true)) {
    throw new CircuitbookError(`Expected rows with ${shown(where)} but found none.`);
  }
  return table.withColumn(pl.Series(CHOSEN, chosen)).filter(pl.col(CHOSEN)).drop(CHOSEN);
}

/**
 * Returns the rows of a table as objects that hold its numbers. Cells of other kinds are left out.
 *
 * @param table a polars frame.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tables.tableOf([{ layer: 6, accuracy: 0.98, name: "this" }]);
 * assertEquals(tables.numberRows(table), [{ layer: 6, accuracy: 0.98 }]);
 * ```
 */
export function numberRows(table: pl.DataFrame): Record<string, number>[] {
  checkArguments("numberRows", { table: [table, is.table] });

  return table.toRecords().map((row) =>
    Object.fromEntries(
      Object.entries(row).filter((entry): entry is [string, number] =>
        typeof entry[1] === "number"
      ),
    )
  );
}

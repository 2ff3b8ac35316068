import pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";

/** One row of a table: values by column name. */
type Row = Readonly<Record<string, unknown>>;

/**
 * The rows of a table whose columns have the given values.
 *
 * @throws CircuitbookError when no row has them.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const table = pl.DataFrame({ series: ["W[1]", "random", "W[1]"], scale: [0, 0, 40] });
 * assertEquals(tables.rowsWhere(table, { series: "W[1]" }).height, 2);
 * ```
 */
export function rowsWhere(table: pl.DataFrame, where: Row): pl.DataFrame {
  const rows = table.toRecords().filter((row) =>
    Object.entries(where).every(([name, value]) => row[name] === value)
  );
  if (!rows.length) {
    throw new CircuitbookError(`Expected rows with ${JSON.stringify(where)} but found none.`);
  }
  return pl.DataFrame(rows);
}

/**
 * The rows of a table as the numbers in them; columns of other kinds are left out.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * assertEquals(tables.numberRows(pl.DataFrame({ layer: [6], accuracy: [0.98], name: ["this"] })), [{ layer: 6, accuracy: 0.98 }]);
 * ```
 */
export function numberRows(table: pl.DataFrame): Record<string, number>[] {
  return table.toRecords().map((row) =>
    Object.fromEntries(
      Object.entries(row).filter((entry): entry is [string, number] =>
        typeof entry[1] === "number"
      ),
    )
  );
}

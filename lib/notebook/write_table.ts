import pl from "nodejs-polars";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { writeWhole } from "../checkpoint/files.ts";

/** The beginning of a text that a spreadsheet would run as a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * Writes a table to a `.parquet` or `.csv` file, whole or not at all. In CSV an apostrophe is put
 * before each text that a spreadsheet would run as a formula; Parquet keeps texts as they are.
 *
 * @param path the file, which is replaced if it is there.
 * @param table a polars frame.
 * @throws CircuitbookError if the name of the file has another ending, if a column that goes into a
 * CSV file has lists or records, or if the file cannot be written.
 *
 * @example
 * ```ts
 * import { notebook, tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await notebook.writeTable(path, tables.tableOf([{ layer: 0, effect: 0.5 }]));
 * assertEquals(await Deno.readTextFile(path), "layer,effect\n0,0.5\n");
 * ```
 */
export async function writeTable(path: string, table: pl.DataFrame): Promise<void> {
  checkArguments("writeTable", {
    path: [path, is.text],
    table: [table, is.table],
  });
  if (!/\.(csv|parquet)$/.test(path)) {
    throw new CircuitbookError(
      `Expected a file that ends in .parquet or .csv but found "${path}".`,
    );
  }

  const isCsv = path.endsWith(".csv");
  const nested = table.columns.find((name) => isNested(table.getColumn(name).dtype));
  if (isCsv && nested !== undefined) {
    throw new CircuitbookError(
      `Expected a file name that ends in .parquet, because CSV cannot hold the lists of the column "${nested}", but found ` +
        `"${path}".`,
    );
  }

  const bytes = isCsv
    ? withoutFormulas(table).writeCSV()
    : table.writeParquet({ compression: "zstd" });
  await writeWhole(path, bytes);
}

/** Returns the table with an apostrophe before texts that a spreadsheet would run. */
function withoutFormulas(table: pl.DataFrame): pl.DataFrame {
  return table.columns.reduce((whole, name) => {
    const values: unknown[] = table.getColumn(name).toArray();
    const runs = (value: unknown): boolean => typeof value === "string" && FORMULA.test(value);
    if (!values.some(runs)) return whole;
    return whole.withColumn(
      pl.Series(name, values.map((value) => runs(value) ? `'${value}` : value)),
    );
  }, table);
}

/** Returns whether the values of a column are lists or records. */
function isNested(type: pl.DataType): boolean {
  return ["List", "FixedSizeList", "Struct", "Array"].includes(type.variant);
}

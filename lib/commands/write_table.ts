import pl from "nodejs-polars";
import { writeWhole } from "../checkpoint/files.ts";

/** The beginning of a text that a spreadsheet would run as a formula (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * Writes a table to a `.parquet` or `.csv` file, whole or not at all. In CSV an apostrophe is put
 * before each text that a spreadsheet would run as a formula; Parquet keeps texts as they are.
 *
 * @throws CircuitbookError if the file cannot be written.
 */
export async function writeTable(path: string, table: pl.DataFrame): Promise<void> {
  const bytes = path.endsWith(".csv")
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

import type pl from "nodejs-polars";
import { writeWhole } from "../checkpoint/files.ts";

/** Writes a table to a `.parquet` or `.csv` file, whole or not at all. @throws CircuitbookError when it cannot be written. */
export async function writeTable(path: string, table: pl.DataFrame): Promise<void> {
  const bytes = path.endsWith(".csv")
    ? table.writeCSV()
    : table.writeParquet({ compression: "zstd" });
  await writeWhole(path, bytes);
}

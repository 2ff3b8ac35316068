import { Buffer } from "node:buffer";
import pl from "nodejs-polars";

/** Returns a table as the bytes of a Parquet file. */
export function parquetOf(table: pl.DataFrame): Uint8Array<ArrayBuffer> {
  return new Uint8Array(table.writeParquet({ compression: "zstd" }));
}

/** Returns the table in the bytes of a Parquet file. */
export function tableIn(parquet: Uint8Array): pl.DataFrame {
  return pl.readParquet(Buffer.from(parquet));
}

import { Buffer } from "node:buffer";
import pl from "nodejs-polars";

/** Returns whether a value is a polars frame. A frame is a proxy, so the type of its methods tells. */
export function isDataFrame(value: unknown): value is pl.DataFrame {
  const frame = value as { toRecords?: unknown; writeParquet?: unknown } | null | undefined;
  return typeof frame?.toRecords === "function" && typeof frame.writeParquet === "function";
}

/** Returns a table as the bytes of a Parquet file. */
export function parquetOf(table: pl.DataFrame): Uint8Array<ArrayBuffer> {
  return new Uint8Array(table.writeParquet({ compression: "zstd" }));
}

/** Returns the table in the bytes of a Parquet file. */
export function tableIn(parquet: Uint8Array): pl.DataFrame {
  return pl.readParquet(Buffer.from(parquet));
}

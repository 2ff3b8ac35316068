import type pl from "nodejs-polars";
import { writeTable } from "../../notebook/write_table.ts";
import { type TableIdentity, writeShard } from "./shard_file.ts";
import type { Shard } from "./shard.ts";

/** Where a task writes its rows: to a whole table, or to one shard of a table. */
export interface TableOutput {
  /** A `.parquet` or `.csv` file; a shard is always Parquet. */
  readonly out: string;
  readonly shard?: Shard;
}

/**
 * Writes the rows of a task as a whole table, or as the shard that `--shard` names.
 *
 * @throws CircuitbookError if the file cannot be written.
 */
export async function writeTableOrShard(
  { out, shard }: TableOutput,
  table: pl.DataFrame,
  identity: TableIdentity,
): Promise<void> {
  if (shard) await writeShard(out, table, identity, shard);
  else await writeTable(out, table);
}

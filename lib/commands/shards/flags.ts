import { CommandError } from "../repository.ts";
import { parseShard, type Shard } from "./shard.ts";
import type { TableOutput } from "./output.ts";

/** The flags of every task that can compute one shard of its table. */
export const SHARD_FLAGS = ["shard", "out"] as const;

/** What `--help` prints about {@link SHARD_FLAGS}. */
export const SHARD_USAGE = `  --out FILE               the file to write, .parquet or .csv
  --shard K/N              only the K-th of N parts of the table, as Parquet; deno task merge joins the parts`;

/**
 * Returns the output that flags name.
 *
 * @throws CommandError if the file name ends in neither .parquet nor .csv, or if a shard would be
 * CSV.
 */
export function tableOutput(out: string, shard: string | undefined): TableOutput {
  const part: Shard | undefined = shard === undefined ? undefined : parseShard(shard);
  const endings = part ? /\.parquet$/ : /\.(parquet|csv)$/;
  if (endings.test(out)) return { out, shard: part };
  throw new CommandError(
    `Expected a file name that ends in .parquet${
      part ? "" : " or .csv"
    } after --out but found "${out}".`,
  );
}

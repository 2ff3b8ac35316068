import { parseFlags } from "../flags.ts";
import { CommandError } from "../repository.ts";
import { tableOutput } from "../shards/flags.ts";

/** The parsed arguments of `deno task merge`. */
export interface MergeArguments {
  readonly out: string;
  /** The files of all shards, in any order. */
  readonly shards: readonly string[];
}

/** What `deno task merge --help` prints. */
export const USAGE = `Joins the shards that deno task sweep, patch or trace wrote with --shard.

deno task merge --out FILE.parquet|FILE.csv SHARD…

  --out FILE     the table to write, .parquet or .csv. An older file is replaced once the new file is complete
  SHARD…         the files of all shards of one table, in any order
  --verbose      show the stack trace of an error

The table equals the table of a run without --shard, bit for bit. It is an error if a shard is missing or given twice, or
if a shard was made by another command, from another model or other prompts, or with other options.
`;

const names = {
  task: "deno task merge",
  values: ["out"],
  switches: ["help", "verbose"],
  rest: true,
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @throws CommandError if a flag is unknown or missing, or if no shard is named.
 */
export function parseMergeArguments(args: readonly string[]): MergeArguments | undefined {
  const flags = parseFlags(args, names);
  if (flags.has("help")) return undefined;
  const { out } = tableOutput(flags.needed("out"), undefined);
  if (!flags.rest.length) {
    throw new CommandError(
      "Expected the files of shards but found none; see deno task merge --help.",
    );
  }
  return { out, shards: flags.rest };
}

import { ENGINE_FLAGS, ENGINE_USAGE, type EngineArguments, engineOf } from "../engines/engine.ts";
import { parseFlags, wholeNumberOf } from "../flags.ts";
import {
  DEVICE_USAGE,
  MODEL_FLAGS,
  MODEL_USAGE,
  type ModelArguments,
  modelOf,
} from "../model_flags.ts";
import { CommandError } from "../repository.ts";
import { SHARD_FLAGS, SHARD_USAGE, tableOutput } from "../shards/flags.ts";
import type { TableOutput } from "../shards/output.ts";

/** The parsed arguments of `deno task patch`. */
export interface PatchArguments extends ModelArguments, TableOutput {
  readonly pairs: string;
  /** What is patched, one site at a time: each head, or each position. */
  readonly sites: "heads" | "positions";
  /** The hook points, as a glob; undefined for the default of the sites. */
  readonly at?: string;
  readonly batchSize?: number;
  /** What runs the shards; undefined if this process computes the table. */
  readonly engine?: EngineArguments;
  readonly device?: string;
  /** The element type of products. */
  readonly dtype?: string;
}

/** What `deno task patch --help` prints. */
export const USAGE =
  `Activation patching: replaces activations of a corrupted prompt by those of a clean prompt, one head or position at a
time.

deno task patch --model MODEL --pairs FILE.jsonl --sites heads|positions --out FILE.parquet|FILE.csv [options]

${MODEL_USAGE}
  --pairs FILE             one pair a line: { "id": "a", "clean": "11 + 5 = ", "corrupted": "11 + 6 = ", "answer": "6",
                           "against": "7" }. Prompts are texts or lists of token ids; the two of a pair have the same
                           number of tokens. "answer" and "against" are each the text of one token, or its id
  --sites heads|positions  what is patched: each head at all positions, or each position of the residual stream
  --at GLOB                hook points to patch. Default: blocks.*.attn.hook_z for heads, blocks.*.hook_resid_pre for
                           positions
${SHARD_USAGE}
${ENGINE_USAGE}
  --batch-size N           at most N runs are computed together; fewer need less memory
${DEVICE_USAGE}
  --verbose                show the stack trace of an error

The table has a row for each pair and site: id, point, layer, head or position, corrupted and clean (logit of the answer
minus logit of against, after each prompt), value (the logit difference of the patched run) and restored (how far value
is on the way from corrupted to clean: 0 at corrupted, 1 at clean).
`;

const names = {
  task: "deno task patch",
  values: [
    ...MODEL_FLAGS,
    "pairs",
    "sites",
    "at",
    "batch-size",
    "device",
    "dtype",
    ...SHARD_FLAGS,
    ...ENGINE_FLAGS,
  ],
  switches: ["help", "verbose"],
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @throws CommandError if a flag is unknown, missing, repeated or malformed.
 */
export function parsePatchArguments(args: readonly string[]): PatchArguments | undefined {
  const flags = parseFlags(args, names);
  if (flags.has("help")) return undefined;
  const sites = flags.needed("sites");
  if (sites !== "heads" && sites !== "positions") {
    throw new CommandError(`Expected heads or positions after --sites but found "${sites}".`);
  }
  const batchSize = flags.single("batch-size");
  return {
    ...modelOf(flags),
    pairs: flags.needed("pairs"),
    sites,
    at: flags.single("at"),
    ...tableOutput(flags.needed("out"), flags.single("shard")),
    engine: engineOf((flag) => flags.single(flag)),
    batchSize: batchSize === undefined ? undefined : wholeNumberOf("batch-size", batchSize, 1),
    device: flags.single("device"),
    dtype: flags.single("dtype"),
  };
}

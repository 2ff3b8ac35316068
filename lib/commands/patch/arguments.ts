import { ENGINE_FLAGS, ENGINE_USAGE, type EngineArguments, engineOf } from "../engines/engine.ts";
import { parseFlags, wholeNumberOf } from "../flags.ts";
import { CommandError } from "../repository.ts";
import { SHARD_FLAGS, SHARD_USAGE, tableOutput } from "../shards/flags.ts";
import type { TableOutput } from "../shards/output.ts";

/** What `deno task patch` was asked to do. */
export interface PatchArguments extends TableOutput {
  readonly model: string;
  readonly pairs: string;
  /** What is patched, one at a time: each head, or each position. */
  readonly sites: "heads" | "positions";
  /** Hook point or glob; undefined takes the default of the sites. */
  readonly at?: string;
  readonly batchSize?: number;
  /** What runs the shards; undefined computes here. */
  readonly engine?: EngineArguments;
  readonly device?: string;
}

/** What `deno task patch --help` prints. */
export const USAGE =
  `Activation patching: puts activations of a clean prompt into a run of a corrupted one, one head or position at a time.

deno task patch --model MODEL --pairs FILE.jsonl --sites heads|positions --out FILE.parquet|FILE.csv [options]

  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, or a Hub id (Qwen/Qwen2.5-3B)
  --pairs FILE             a pair a line: { "id": "a", "clean": "11 + 5 = ", "corrupted": "11 + 6 = ", "answer": "6",
                           "against": "7" }; prompts are texts or lists of token ids, both of a pair equally long;
                           "answer" and "against" are each the text of one token, or its id
  --sites heads|positions  what is patched: each head at all positions, or each position of the residual stream
  --at GLOB                hook points to patch. Default: blocks.*.attn.hook_z for heads, blocks.*.hook_resid_pre for
                           positions
${SHARD_USAGE}
${ENGINE_USAGE}
  --batch-size N           runs that are done together, at most; changes the memory that is needed
  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --verbose                show the stack trace of an error

The table has a row for each pair and site: id, point, layer, head or position, corrupted and clean (logit of the answer
minus logit of against, after each prompt), value (the same after the patched run) and restored, the share of the way
from corrupted to clean.
`;

const names = {
  task: "deno task patch",
  values: [
    "model",
    "pairs",
    "sites",
    "at",
    "batch-size",
    "device",
    ...SHARD_FLAGS,
    ...ENGINE_FLAGS,
  ],
  switches: ["help", "verbose"],
} as const;

/**
 * Returns the arguments of the command, or `undefined` when help was asked for.
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
    model: flags.needed("model"),
    pairs: flags.needed("pairs"),
    sites,
    at: flags.single("at"),
    ...tableOutput(flags.needed("out"), flags.single("shard")),
    engine: engineOf((flag) => flags.single(flag)),
    batchSize: batchSize === undefined ? undefined : wholeNumberOf("batch-size", batchSize, 1),
    device: flags.single("device"),
  };
}

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

/** A head as [layer, head], counted from 0. */
export type Head = readonly [layer: number, head: number];

/** The parsed arguments of `deno task sweep`. */
export interface SweepArguments extends ModelArguments, TableOutput {
  readonly heads: "all" | readonly Head[];
  readonly prompts: string;
  readonly resume: boolean;
  readonly batchSize?: number;
  /** What runs the shards; undefined if this process computes the table. */
  readonly engine?: EngineArguments;
  readonly device?: string;
  /** The element type of products. */
  readonly dtype?: string;
}

/** What `deno task sweep --help` prints. */
export const USAGE =
  `Ablates attention heads one at a time, and writes how the answer to each prompt changes.

deno task sweep --model MODEL --heads all|L.H,… --prompts FILE.jsonl --out FILE.parquet|FILE.csv [options]

${MODEL_USAGE}
  --heads all|1.5,3.2      all heads, or some: layer 1 head 5 and layer 3 head 2, counted from 0
  --prompts FILE           one prompt a line: { "id": "a", "text": "11 + 5 = ", "answer": "1", "against": "2" }, or with
                           token ids instead of "text": "tokens": [1, 2, 3]. "answer" and "against" are each the text of
                           one token, or its id
${SHARD_USAGE}
${ENGINE_USAGE}
  --resume                 continue the interrupted sweep of which FILE.part holds the state; if there is none, start
  --batch-size N           at most N runs are computed together; fewer need less memory. The table stays the same
${DEVICE_USAGE}
  --verbose                show the stack trace of an error

The table has a row for each prompt and head, in the order of the prompts, then by layer and head: id, layer, head,
baseline (logit of the answer minus logit of against, at the last position), value (that difference with the output of the
head set to zero at all positions), effect (value - baseline) and dtype (the element type of matrix products).
`;

const names = {
  task: "deno task sweep",
  values: [
    ...MODEL_FLAGS,
    "heads",
    "prompts",
    "batch-size",
    "device",
    "dtype",
    ...SHARD_FLAGS,
    ...ENGINE_FLAGS,
  ],
  switches: ["resume", "verbose", "help"],
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @throws CommandError if a flag is unknown, missing, repeated or malformed.
 */
export function parseSweepArguments(args: readonly string[]): SweepArguments | undefined {
  const flags = parseFlags(args, names);
  if (flags.has("help")) return undefined;
  const batchSize = flags.single("batch-size");
  return {
    ...modelOf(flags),
    heads: headsOf(flags.needed("heads")),
    prompts: flags.needed("prompts"),
    ...tableOutput(flags.needed("out"), flags.single("shard")),
    engine: engineOf((flag) => flags.single(flag)),
    resume: flags.has("resume"),
    batchSize: batchSize === undefined ? undefined : wholeNumberOf("batch-size", batchSize, 1),
    device: flags.single("device"),
    dtype: flags.single("dtype"),
  };
}

/** Returns the heads that `--heads` names, by layer and then by head. */
function headsOf(value: string): "all" | Head[] {
  if (value === "all") return "all";
  const heads = value.split(",").map((text): Head => {
    const [, layer, head] = /^\s*(\d+)\.(\d+)\s*$/.exec(text) ?? [];
    if (layer !== undefined) return [Number(layer), Number(head)];
    throw new CommandError(
      `Expected all, or layer.head such as 1.5,3.2 after --heads but found "${text.trim()}".`,
    );
  });
  const twice = heads.find(([layer, head], i) =>
    heads.findIndex(([l, h]) => l === layer && h === head) < i
  );
  if (twice) {
    throw new CommandError(
      `Expected each head once after --heads but found ${twice.join(".")} twice.`,
    );
  }
  return heads.sort(([a, b], [c, d]) => a - c || b - d);
}

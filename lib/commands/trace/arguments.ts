import { ENGINE_FLAGS, ENGINE_USAGE, type EngineArguments, engineOf } from "../engines/engine.ts";
import { type Flags, parseFlags, wholeNumberOf } from "../flags.ts";
import {
  DEVICE_USAGE,
  MODEL_FLAGS,
  MODEL_USAGE,
  type ModelArguments,
  modelOf,
} from "../model_flags.ts";
import { CommandError } from "../repository.ts";
import { tableOutput } from "../shards/flags.ts";
import type { Shard } from "../shards/shard.ts";

/** The parsed arguments of `deno task trace`. */
export interface TraceArguments extends ModelArguments {
  /**
   * What is traced: `text`, `tokensFile` or `prompts`. With `prompts`, the output is a table rather
   * than tensors.
   */
  readonly text?: string;
  readonly tokensFile?: string;
  readonly prompts?: string;
  /** The positions of each prompt that are in the table; undefined for all. */
  readonly positions?: readonly number[];
  readonly shard?: Shard;
  /** What runs the shards of the table; undefined if this process computes the table. */
  readonly engine?: EngineArguments;
  /** Hook points or globs. Default: `logits`. */
  readonly tap: readonly string[];
  readonly edits?: string;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly device?: string;
  /** The element type of products. */
  readonly dtype?: string;
  readonly out: string;
}

/** What `deno task trace --help` prints. */
export const USAGE = `Writes a run's activations to a safetensors file.

deno task trace --model MODEL (--text TEXT | --tokens-file FILE) [options] --out FILE.safetensors
deno task trace --model MODEL --prompts FILE.jsonl [options] --out FILE.parquet [--shard K/N]

${MODEL_USAGE}
  --text TEXT              the prompt
  --tokens-file FILE       prompts as token ids, one JSON list a prompt: [[1, 2, 3], [4, 5]]
  --prompts FILE           many prompts, one a line: { "id": "a", "text": "11 + 5 = " }, or with token ids instead of
                           "text": "tokens": [1, 2, 3]. The output is a table
  --tap GLOB               a hook point to write, such as 'blocks.*.hook_resid_post' (* stops at a dot, ** does not). The
                           flag may be repeated. Default: logits
  --positions LIST         positions of each prompt in the table, such as -1 or 0,-2,-1. Default: all
  --edits FILE             edits as JSON: [{ "at": "blocks.1.attn.hook_z", "heads": [1], "scale": 0 }]
  --max-new-tokens N       continue each prompt by up to N tokens; taps cover the whole text. Default: 0
  --temperature T          0 takes the most probable token (default), 1 draws from the model's distribution
  --seed S                 seed of the draws. Default: 0
${DEVICE_USAGE}
  --out FILE               the file to write. An older file is replaced once the new file is complete
  --shard K/N              only the K-th of N parts of the table; deno task merge joins the parts
${ENGINE_USAGE}
  --verbose                show the stack trace of an error

The safetensors file holds an f32 tensor for each tapped hook point, under its name, and the token ids of prompts and new
text as "tokens", int32 [batch, position]. Shorter rows are padded on the left: with -1 in "tokens", with NaN in activations.
The metadata of the file are model, weights_hash, device, dtype, edits, axes, prompt_lengths, sampling and versions.

The table of --prompts has a row for each prompt, hook point and position: id, point, position, token (its id) and
activation. An activation is a list of f32 in row-major order, with the axes that follow batch and position; at attention
scores and patterns, a position is a query, and the list is [head, key]. Each prompt is run alone.
`;

const names = {
  task: "deno task trace",
  values: [
    ...MODEL_FLAGS,
    "text",
    "tokens-file",
    "prompts",
    "positions",
    "shard",
    ...ENGINE_FLAGS,
    "tap",
    "edits",
    "max-new-tokens",
    "temperature",
    "seed",
    "device",
    "dtype",
    "out",
  ],
  switches: ["help", "verbose"],
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @throws CommandError if flags are unknown, missing, repeated or contradict each other.
 */
export function parseTraceArguments(args: readonly string[]): TraceArguments | undefined {
  const flags = parseFlags(args, names);
  if (flags.has("help")) return undefined;
  const text = flags.single("text", { empty: true });
  const tokensFile = flags.single("tokens-file");
  const prompts = flags.single("prompts");
  const given = [text, tokensFile, prompts].filter((value) => value !== undefined).length;
  if (given !== 1) {
    throw new CommandError(
      `Expected one of --text, --tokens-file and --prompts but found ${given ? given : "none"}.`,
    );
  }
  const maxNewTokens = wholeNumberOf("max-new-tokens", flags.single("max-new-tokens") ?? "0", 0);
  const table = prompts === undefined ? refusedFlags(flags) : tableFlags(flags, maxNewTokens);
  return {
    ...modelOf(flags),
    text,
    tokensFile,
    prompts,
    ...table,
    tap: flags.all("tap") ?? ["logits"],
    edits: flags.single("edits"),
    maxNewTokens,
    temperature: positiveNumber("temperature", flags.single("temperature") ?? "0"),
    seed: wholeNumberOf("seed", flags.single("seed") ?? "0"),
    device: flags.single("device"),
    dtype: flags.single("dtype"),
    out: flags.needed("out"),
  };
}

type TraceFlags = Flags<typeof names.values[number], "verbose">;

/** Refuses the flags that only a table has. */
function refusedFlags(flags: TraceFlags): Record<never, never> {
  for (const name of ["positions", "shard", ...ENGINE_FLAGS] as const) {
    if (flags.single(name) !== undefined) {
      throw new CommandError(
        `Expected --${name} only with --prompts but found --${name} without --prompts.`,
      );
    }
  }
  return {};
}

/** Returns the flags that only a table has. */
function tableFlags(flags: TraceFlags, maxNewTokens: number) {
  if (maxNewTokens > 0) {
    throw new CommandError(
      "Expected no --max-new-tokens with --prompts but found both; a table holds the prompts alone.",
    );
  }
  const { out, shard } = tableOutput(flags.needed("out"), flags.single("shard"));
  if (!out.endsWith(".parquet")) {
    throw new CommandError(
      `Expected a file name that ends in .parquet after --out, because CSV cannot hold lists, but found "${out}".`,
    );
  }
  const positions = flags.single("positions")?.split(",")
    .map((text) => wholeNumberOf("positions", text.trim()));
  return { positions, shard, engine: engineOf((flag) => flags.single(flag)) };
}

/** Returns the number, at least 0, that is the value of a flag. */
function positiveNumber(flag: string, value: string): number {
  const number = value.trim() === "" ? NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new CommandError(`Expected a number of at least 0 after --${flag} but found "${value}".`);
}

import { ENGINE_FLAGS, ENGINE_USAGE, type EngineArguments, engineOf } from "../engines/engine.ts";
import { type Flags, parseFlags, wholeNumberOf } from "../flags.ts";
import { CommandError } from "../repository.ts";
import { tableOutput } from "../shards/flags.ts";
import type { Shard } from "../shards/shard.ts";

/** What `deno task trace` was asked to do. */
export interface TraceArguments {
  readonly model: string;
  /** What is traced: one of the three. With prompts, the output is a table rather than tensors. */
  readonly text?: string;
  readonly tokensFile?: string;
  readonly prompts?: string;
  /** Positions of each prompt in the table; all where none are named. */
  readonly positions?: readonly number[];
  readonly shard?: Shard;
  /** What runs the shards of the table; undefined computes here. */
  readonly engine?: EngineArguments;
  /** Hook points or globs; `logits` where none was given. */
  readonly tap: readonly string[];
  readonly edits?: string;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly device?: string;
  readonly out: string;
}

/** What `deno task trace --help` prints. */
export const USAGE = `Writes a run's activations to a safetensors file.

deno task trace --model MODEL (--text TEXT | --tokens-file FILE) [options] --out FILE.safetensors
deno task trace --model MODEL --prompts FILE.jsonl [options] --out FILE.parquet [--shard K/N]

  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, or a Hub id (Qwen/Qwen2.5-3B)
  --text TEXT              the prompt
  --tokens-file FILE       or prompts as JSON rows of token ids: [[1, 2, 3], [4, 5]]
  --prompts FILE           or many prompts, a line each: { "id": "a", "text": "11 + 5 = " }, or "tokens": [1, 2, 3] in
                           place of "text"; they become a table
  --tap GLOB               a hook point to return, such as 'blocks.*.hook_resid_post' (* stops at a dot, ** does not);
                           as often as wanted. Default: logits
  --positions LIST         positions of each prompt in the table, such as -1 or 0,-2,-1. Default: all
  --edits FILE             edits as JSON: [{ "at": "blocks.1.attn.hook_z", "heads": [1], "scale": 0 }]
  --max-new-tokens N       write on by up to N tokens; taps cover the whole text. Default: 0
  --temperature T          0 takes the most probable token (default), 1 draws from the model's distribution
  --seed S                 seed of the draws. Default: 0
  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --out FILE               where to write; an older file is replaced once the new one is whole
  --shard K/N              only the K-th of N parts of the table; deno task merge joins the parts
${ENGINE_USAGE}
  --verbose                show the stack trace of an error

The file holds each tapped point under its name, f32, axes in order, and "tokens", int32 [batch, position], new ones
included. Rows of unequal length are padded on the left: with -1 in "tokens", with NaN in activations. Its metadata say
model, weights_hash, device, dtype, edits, axes, prompt_lengths, sampling and versions.

The table of --prompts has a row for each prompt, hook point and position: id, point, position, token (its id) and
activation, a list of f32 with the axes that follow batch and position, in row-major order ([head, key] of a query at
attention scores and patterns). Each prompt is run alone.
`;

const names = {
  task: "deno task trace",
  values: [
    "model",
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
    "out",
  ],
  switches: ["help", "verbose"],
} as const;

/**
 * The arguments of the command, or `undefined` when help was asked for.
 *
 * @throws CommandError for unknown, missing, repeated or contradicting flags.
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
    model: flags.needed("model"),
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
    out: flags.needed("out"),
  };
}

type TraceFlags = Flags<typeof names.values[number], "verbose">;

/** Refuses the flags of a table where the output is a file of tensors. */
function refusedFlags(flags: TraceFlags): Record<never, never> {
  for (const name of ["positions", "shard", ...ENGINE_FLAGS] as const) {
    if (flags.single(name) !== undefined) {
      throw new CommandError(`Expected --${name} only with --prompts but found it without.`);
    }
  }
  return {};
}

function tableFlags(flags: TraceFlags, maxNewTokens: number) {
  if (maxNewTokens > 0) {
    throw new CommandError("Expected no --max-new-tokens with --prompts but found some.");
  }
  const { out, shard } = tableOutput(flags.needed("out"), flags.single("shard"));
  if (!out.endsWith(".parquet")) {
    throw new CommandError(
      `Expected a file name that ends in .parquet after --out, as lists are no cells of CSV, but found "${out}".`,
    );
  }
  const positions = flags.single("positions")?.split(",")
    .map((text) => wholeNumberOf("positions", text.trim()));
  return { positions, shard, engine: engineOf((flag) => flags.single(flag)) };
}

function positiveNumber(flag: string, value: string): number {
  const number = value.trim() === "" ? NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new CommandError(`Expected a number of at least 0 after --${flag} but found "${value}".`);
}

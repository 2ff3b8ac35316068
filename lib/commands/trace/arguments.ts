import { parseFlags, wholeNumberOf } from "../flags.ts";
import { CommandError } from "../repository.ts";

/** What `deno task trace` was asked to do. */
export interface TraceArguments {
  readonly model: string;
  readonly text?: string;
  readonly tokensFile?: string;
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

  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, or a Hub id (Qwen/Qwen2.5-3B)
  --text TEXT              the prompt
  --tokens-file FILE       or prompts as JSON rows of token ids: [[1, 2, 3], [4, 5]]
  --tap GLOB               a hook point to return, such as 'blocks.*.hook_resid_post' (* stops at a dot, ** does not);
                           as often as wanted. Default: logits
  --edits FILE             edits as JSON: [{ "at": "blocks.1.attn.hook_z", "heads": [1], "scale": 0 }]
  --max-new-tokens N       write on by up to N tokens; taps cover the whole text. Default: 0
  --temperature T          0 takes the most probable token (default), 1 draws from the model's distribution
  --seed S                 seed of the draws. Default: 0
  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --out FILE               where to write; an older file is replaced once the new one is whole
  --verbose                show the stack trace of an error

The file holds each tapped point under its name, f32, axes in order, and "tokens", int32 [batch, position], new ones
included. Rows of unequal length are padded on the left: with -1 in "tokens", with NaN in activations. Its metadata say
model, weights_hash, device, dtype, edits, axes, prompt_lengths, sampling and versions.
`;

const names = {
  task: "deno task trace",
  values: [
    "model",
    "text",
    "tokens-file",
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
  if ((text === undefined) === (tokensFile === undefined)) {
    const found = text === undefined ? "neither" : "both";
    throw new CommandError(`Expected either --text or --tokens-file but found ${found}.`);
  }
  return {
    model: flags.needed("model"),
    text,
    tokensFile,
    tap: flags.all("tap") ?? ["logits"],
    edits: flags.single("edits"),
    maxNewTokens: wholeNumberOf("max-new-tokens", flags.single("max-new-tokens") ?? "0", 0),
    temperature: positiveNumber("temperature", flags.single("temperature") ?? "0"),
    seed: wholeNumberOf("seed", flags.single("seed") ?? "0"),
    device: flags.single("device"),
    out: flags.needed("out"),
  };
}

function positiveNumber(flag: string, value: string): number {
  const number = value.trim() === "" ? NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new CommandError(`Expected a number of at least 0 after --${flag} but found "${value}".`);
}

import { nearestNames } from "../../base/errors.ts";
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
export const usage = `Writes a run's activations to a safetensors file.

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

const valueFlags = [
  ...["model", "text", "tokens-file", "tap", "edits", "max-new-tokens", "temperature", "seed", "device", "out"],
] as const;
const switches = ["help", "verbose"] as const;

type ValueFlag = typeof valueFlags[number];

/** Flags as they were typed. */
interface TypedFlags {
  readonly values: Partial<Record<ValueFlag, readonly string[]>>;
  readonly help: boolean;
}

/**
 * The arguments of the command, or `undefined` when help was asked for.
 *
 * @throws CommandError for unknown, missing, repeated or contradicting flags.
 */
export function parseTraceArguments(args: readonly string[]): TraceArguments | undefined {
  const { values, help } = typedFlags(args);
  if (help) return undefined;
  const single = (flag: ValueFlag): string | undefined => {
    const given = values[flag] ?? [];
    if (given.length > 1) throw new CommandError(`Expected --${flag} once but found it ${given.length} times.`);
    if (given[0] === "" && flag !== "text") throw new CommandError(`Expected a value after --${flag} but found none.`);
    return given[0];
  };
  const needed = (flag: ValueFlag): string => {
    const value = single(flag);
    if (value === undefined) throw new CommandError(`Expected --${flag} but found none; see deno task trace --help.`);
    return value;
  };
  const text = single("text"), tokensFile = single("tokens-file");
  if ((text === undefined) === (tokensFile === undefined)) {
    const found = text === undefined ? "neither" : "both";
    throw new CommandError(`Expected either --text or --tokens-file but found ${found}.`);
  }
  return {
    model: needed("model"),
    ...{ text, tokensFile },
    tap: values.tap ?? ["logits"],
    edits: single("edits"),
    maxNewTokens: wholeNumber("max-new-tokens", single("max-new-tokens") ?? "0", 0),
    temperature: positiveNumber("temperature", single("temperature") ?? "0"),
    seed: wholeNumber("seed", single("seed") ?? "0"),
    device: single("device"),
    out: needed("out"),
  };
}

/** Every flag takes the argument behind it, even one that begins with a dash, as texts may. */
function typedFlags(args: readonly string[]): TypedFlags {
  const values: Partial<Record<ValueFlag, string[]>> = {};
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const [, name, joined] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(args[i]) ?? (args[i] === "-h" ? ["", "help"] : []);
    if (name === undefined) throw new CommandError(`Expected a flag but found "${args[i]}"; put texts in quotes.`);
    if (switches.some((known) => known === name) && joined === undefined) {
      help ||= name === "help";
      continue;
    }
    const flag = valueFlags.find((known) => known === name) ?? unknownFlag(name);
    const value = joined ?? args[++i];
    if (value === undefined || (joined === undefined && isFlag(value))) {
      throw new CommandError(`Expected a value after --${flag} but found ${value ?? "none"}.`);
    }
    (values[flag] ??= []).push(value);
  }
  return { values, help };
}

function isFlag(value: string): boolean {
  return [...valueFlags, ...switches].some((known) => value === `--${known}`);
}

function unknownFlag(name: string): never {
  const [nearest] = nearestNames(name, [...valueFlags, ...switches], 1);
  throw new CommandError(`Expected a known flag but found --${name}; nearest: --${nearest}.`);
}

function wholeNumber(flag: string, value: string, least = -Infinity): number {
  const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  const kind = least === 0 ? "a whole number of at least 0" : "a whole number";
  throw new CommandError(`Expected ${kind} after --${flag} but found "${value}".`);
}

function positiveNumber(flag: string, value: string): number {
  const number = value.trim() === "" ? NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new CommandError(`Expected a number of at least 0 after --${flag} but found "${value}".`);
}

import { parseFlags } from "../flags.ts";
import { CommandError } from "../repository.ts";

/** What `deno task train` was asked to do. */
export interface TrainArguments {
  /** The name of a recipe. */
  readonly recipe: string;
  readonly out: string;
  readonly minutes?: number;
  /** Another seed than the recipe's. */
  readonly seed?: number;
  readonly resume: boolean;
}

/** What `deno task train --help` prints; `names` are those of the recipes. */
export function usage(names: readonly string[]): string {
  return `Trains a model by a recipe, on the CPU.

deno task train RECIPE [--out DIR] [--minutes N] [--seed N] [--resume]

  RECIPE       ${names.join(", ")}
  --out DIR    a new folder. Default: runs/RECIPE in the repository
  --minutes N  how long it takes, about: turned into a number of steps once, by timing the first; the recipe's own
               length where it is left out
  --seed N     of the first weights and the data; the recipe's own where it is left out
  --resume     go on with what an interrupted run left in DIR; where there is none, start
  --verbose    show the stack trace of an error

DIR becomes a model folder in the Hugging Face layout (config.json, model.safetensors in f16, tokenizer.json, and a card that
says how it was made), with the curves as curves.parquet and curves.svg. Meanwhile, DIR/run holds the last state that was
kept: weights and moments. A run that goes on from there ends with the same curves, to the last bit on the same machine.
Ctrl-C stops a run and keeps its state.
`;
}

const flags = {
  task: "deno task train",
  values: ["out", "minutes", "seed"],
  switches: ["resume", "verbose", "help"],
} as const;

/**
 * The arguments of the command, or `undefined` when help was asked for.
 *
 * @param runs where runs are kept unless told otherwise.
 * @throws CommandError for a missing recipe, and for unknown, repeated or malformed flags.
 */
export function parseTrainArguments(args: readonly string[], runs: string): TrainArguments | undefined {
  const [first, ...others] = args, named = first !== undefined && !first.startsWith("-");
  const parsed = parseFlags(named ? others : args, flags);
  if (parsed.has("help")) return undefined;
  if (!named) {
    throw new CommandError(`Expected the name of a recipe but found ${first ?? "none"}; see deno task train --help.`);
  }
  const minutes = parsed.single("minutes"), seed = parsed.single("seed");
  return {
    ...{ recipe: first, out: parsed.single("out") ?? `${runs}/${first}`, resume: parsed.has("resume") },
    minutes: minutes === undefined ? undefined : minutesOf(minutes),
    seed: seed === undefined ? undefined : seedOf(seed),
  };
}

function minutesOf(value: string): number {
  const minutes = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (minutes > 0) return minutes;
  throw new CommandError(`Expected a number of minutes above 0 after --minutes but found "${value}".`);
}

function seedOf(value: string): number {
  const seed = /^\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw new CommandError(`Expected a whole number after --seed but found "${value}".`);
}

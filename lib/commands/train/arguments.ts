import { parseFlags } from "../flags.ts";
import { CommandError } from "../repository.ts";

/** The parsed arguments of `deno task train`. */
export interface TrainArguments {
  /** The name of a recipe, before the flags or after them. */
  readonly recipe: string;
  readonly out: string;
  readonly minutes?: number;
  /** The seed; undefined for the seed of the recipe. */
  readonly seed?: number;
  readonly resume: boolean;
}

/** Returns what `deno task train --help` prints. `names` are the names of the recipes. */
export function usage(names: readonly string[]): string {
  return `Trains a model by a recipe, on the CPU.

deno task train RECIPE [--out DIR] [--minutes N] [--seed N] [--resume]

  RECIPE       ${names.join(", ")}
  --out DIR    the folder to write, new or empty. Default: runs/RECIPE in the repository
  --minutes N  about how long to train. Default: the number of steps of the recipe. The first batches are timed, and the
               number of steps is computed from them once; reinforcement learning ends after the update in which the time
               runs out
  --seed N     the seed of the first weights and of the data. Default: the seed of the recipe
  --resume     continue the run in DIR, with its minutes and its seed; if there is none, begin a run
  --verbose    show the stack trace of an error

DIR becomes a model folder in the Hugging Face layout, which loadModel("DIR") opens. It holds config.json,
model.safetensors in f16, tokenizer.json, README.md (a card that says how the model was made), and the curves of the
training in curves.parquet and curves.svg. A recipe that trains an adapter writes adapter_config.json and
adapter_model.safetensors, PEFT's format, in place of a whole model.

DIR/run holds the last state of the run that was kept. Ctrl-C keeps the current state. A run that is killed loses only what
it did since the last state. --resume continues from that state; on the same machine, the curves equal those of a run
without interruption to the last bit. When the model is written, DIR/run can be deleted.
`;
}

const flags = {
  task: "deno task train",
  values: ["out", "minutes", "seed"],
  switches: ["resume", "verbose", "help"],
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @param runs the folder in which runs are kept if there is no `--out`.
 * @throws CommandError if there is no recipe, or if a flag is unknown, repeated or malformed.
 */
export function parseTrainArguments(
  args: readonly string[],
  runs: string,
): TrainArguments | undefined {
  const at = args.findIndex((arg, i) => !arg.startsWith("-") && !isFlagWithValue(args[i - 1]));
  const recipe = args[at];
  const parsed = parseFlags(args.filter((_, i) => i !== at), flags);
  if (parsed.has("help")) return undefined;
  if (recipe === undefined) {
    throw new CommandError(
      "Expected the name of a recipe but found none; see deno task train --help.",
    );
  }
  const minutes = parsed.single("minutes");
  const seed = parsed.single("seed");
  return {
    recipe,
    out: parsed.single("out") ?? `${runs}/${recipe}`,
    resume: parsed.has("resume"),
    minutes: minutes === undefined ? undefined : minutesOf(minutes),
    seed: seed === undefined ? undefined : seedOf(seed),
  };
}

/** Returns whether an argument is a flag whose value follows. */
function isFlagWithValue(arg: string | undefined): boolean {
  return flags.values.some((name) => arg === `--${name}`);
}

function minutesOf(value: string): number {
  const minutes = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (minutes > 0) return minutes;
  throw new CommandError(
    `Expected a number of minutes above 0 after --minutes but found "${value}".`,
  );
}

function seedOf(value: string): number {
  const seed = /^\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw new CommandError(`Expected a whole number after --seed but found "${value}".`);
}

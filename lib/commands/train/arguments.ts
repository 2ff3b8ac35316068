import { parseFlags } from "../flags.ts";
import { CommandError } from "../repository.ts";

/** What `deno task train` was asked to do. */
export interface TrainArguments {
  /** The name of a recipe, before the flags or after them. */
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
  --out DIR    the folder to write, new or empty. Default: runs/RECIPE in the repository
  --minutes N  about how long to train, in place of the recipe's own length. The first batches are timed, and the number
               of steps is settled once; reinforcement learning ends with the update in which the time is over
  --seed N     of the first weights and the data. Default: the recipe's own
  --resume     go on with the run in DIR, with its minutes and its seed; where there is none, begin one
  --verbose    show the stack trace of an error

DIR becomes a model folder in the Hugging Face layout, which loadModel("DIR") opens: config.json, model.safetensors in
f16, tokenizer.json and README.md, a card that says how the model was made; with the curves in curves.parquet and
curves.svg.

DIR/run holds the last state of the run. Ctrl-C keeps the present one there, and a killed run loses at most what came
after the last: --resume goes on from it to the same curves as without the interruption, on the same machine to the last
bit. When the model is written, DIR/run can be deleted.
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

/** Whether what comes next on the command line is a flag's value. */
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

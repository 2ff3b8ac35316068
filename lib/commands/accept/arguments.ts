import { parseFlags } from "../flags.ts";
import { CommandError } from "../repository.ts";

/** The parsed arguments of `deno task accept`. */
export interface AcceptArguments {
  /** The name of a recipe. */
  readonly recipe: string;
  /** The model to test: a name, a folder or a Hub id. */
  readonly model: string;
  /** The table to write, `.csv` or `.parquet`; undefined if none is written. */
  readonly out?: string;
}

/**
 * Returns what `deno task accept --help` prints.
 *
 * @param names the names of the recipes that have an acceptance test.
 */
export function usage(names: readonly string[]): string {
  return `Tests a trained model: prints each score of its recipe, with what is asked, and fails if one is too low.

deno task accept RECIPE [--model MODEL] [--out FILE]

  RECIPE         ${names.join(", ")}
  --model MODEL  the model to test: a name, a folder or a Hub id. Default: the model with the recipe's name
  --out FILE     write the scores to a table, .csv or .parquet
  --verbose      show the stack trace of an error

The exit status is 0 if every score reaches what is asked, else 1.
`;
}

const flags = {
  task: "deno task accept",
  values: ["model", "out"],
  switches: ["verbose", "help"],
  rest: true,
} as const;

/**
 * Returns the arguments of the command, or `undefined` if help was asked for.
 *
 * @throws CommandError if there is not exactly one recipe, or for unknown or repeated flags.
 */
export function parseAcceptArguments(args: readonly string[]): AcceptArguments | undefined {
  const parsed = parseFlags(args, flags);
  if (parsed.has("help")) return undefined;
  const [recipe, ...others] = parsed.rest;
  if (recipe === undefined || others.length) {
    const found = recipe === undefined ? "none" : parsed.rest.join(", ");
    throw new CommandError(
      `Expected the name of one recipe but found ${found}; see deno task accept --help.`,
    );
  }
  return { recipe, model: parsed.single("model") ?? recipe, out: parsed.single("out") };
}

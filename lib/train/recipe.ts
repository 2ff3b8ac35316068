import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import type { RunFolder } from "./run/run_folder.ts";
import type { Model } from "../model/model.ts";
import { shown } from "../base/options.ts";
import type { CurveRow } from "./curves.ts";
import type { Learner } from "./learner.ts";
import { optimizerSettings } from "./optimizer/settings.ts";
import { scheduleSettings } from "./optimizer/schedule.ts";

/** A document to learn from: a text, or tokens with the weight of each prediction. */
export type TrainingDocument = { readonly text: string } | {
  /** Token ids. */
  readonly tokens: readonly number[];
  /**
   * `weights[t]`: the weight of predicting token t + 1 from the tokens before it. There is one
   * weight less than there are tokens; the default is 1 each.
   */
  readonly weights?: readonly number[];
};

/** What a recipe's own training loop is given. */
export interface LoopJob extends Watch {
  /** The model to train, with new weights or with those of the recipe's `start`. */
  readonly learner: Learner;
  /**
   * The folder in which state is kept, with the state to continue from in `run.kept`. Undefined if
   * nothing is kept, as in a notebook.
   */
  readonly run?: RunFolder;
  /** The seed of all random numbers of the run. */
  readonly seed: number;
  /** How long the training takes, from `--minutes`. Undefined if the length in the recipe holds. */
  readonly minutes?: number;
  /** Called with each row of the curves as it is made. */
  readonly onStep?: (row: CurveRow) => void;
}

/** The result of a training loop. The learner has the trained weights. */
export interface LoopResult {
  /** One row for each step from the first on, those before a resume included. */
  readonly rows: readonly CurveRow[];
  /** How many steps were taken. */
  readonly steps: number;
  /** How many predictions were learned from. */
  readonly tokens: number;
  /** How long the training took, before a resume included. */
  readonly seconds: number;
}

const text = z.string("to be a text").min(1, "to be a text");
const callable = <F>() => z.custom<F>((value) => typeof value === "function", "to be a function");
const count = z.int("to be a whole number of at least 1").min(
  1,
  "to be a whole number of at least 1",
);
const positive = z.number("to be a number above 0").positive("to be a number above 0");
const json = z.record(z.string(), z.unknown(), "to be a JSON object");

const phaseSchema = z.strictObject({
  /** The name of the phase on the model card: `random order`. */
  name: text,
  /** What the documents are, in words and shares, for the model card. */
  data: text,
  /**
   * Returns the documents of a block of the endless stream: the same ones for the same seed and
   * block.
   */
  documents: callable<(place: { seed: number; block: number }) => readonly TrainingDocument[]>(),
  /** The most tokens of a batch, padding included. A batch has at least one document. */
  batchTokens: count,
  /** How long the phase lasts: steps, or minutes, which are turned into steps once by timing. */
  length: z.union([
    z.strictObject({ steps: count }),
    z.strictObject({ minutes: positive }),
  ], "to be { steps } or { minutes }"),
  optimizer: optimizerSettings,
  schedule: scheduleSettings.prefault({}),
});

const recipeSchema = z.strictObject({
  /** The name of the recipe and its model: what `deno task train` is given. */
  name: z.string("to be a name").regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    "to be small letters, digits and dashes",
  ),
  /** What the model is, in a sentence or two, for the model card. */
  about: text,
  /** The content of the model's `config.json`. */
  config: json,
  /**
   * The content of the model's `tokenizer.json`, or the embedded model or folder that has the
   * tokenizer.
   */
  tokenizer: z.union(
    [text, json],
    "to be a model that has the tokenizer, or the content of a tokenizer.json",
  ),
  /**
   * The embedded model or folder whose weights the training starts from; without it they are
   * random.
   */
  start: text.optional(),
  /** The standard deviation of random matrices. */
  deviation: positive.default(0.02),
  seed: z.int("to be a whole number").default(0),
  /**
   * The phases of learning to predict the next token of documents, one after the other. Each begins
   * with moments of 0 and a warm-up.
   */
  phases: z.array(phaseSchema, "to be a list of phases").min(1, "to be at least one phase")
    .optional(),
  /** Held-out documents, and the number of steps between two measurements of their loss. */
  validation: z.strictObject({
    documents: callable<() => readonly TrainingDocument[]>(),
    every: count,
  }).optional(),
  /** A training loop of the recipe's own, such as reinforcement learning, in place of phases. */
  loop: callable<(job: LoopJob) => Promise<LoopResult>>().optional(),
  /** The settings of that loop, for the model card. A run is continued only with equal settings. */
  settings: json.optional(),
  /** State is kept every so many minutes. */
  keepEvery: z.strictObject({ minutes: positive }, "to be { minutes }").prefault({ minutes: 2 }),
  /** The panels of the figure of curves, each with the columns that it draws. */
  curves: z.array(
    z.strictObject({
      columns: z.array(text, "to be names of columns").min(1, "to be names of columns"),
      name: text,
    }, "to be a panel, { columns, name }"),
    "to be a list of panels",
  ).default([
    { columns: ["loss", "validation"], name: "loss (nats per token)" },
  ]),
  /** Returns the scores of the trained model for the model card, by what they measure. */
  scores: callable<(model: Model, watch: Watch) => Promise<Readonly<Record<string, number>>>>()
    .optional(),
}, "to be an object");

/** A recipe as a user writes it, with defaults left out. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** A checked recipe, with its defaults filled in: how a model is made. */
export type Recipe = z.output<typeof recipeSchema>;

/** A phase of a recipe that learns from documents. */
export type Phase = z.output<typeof phaseSchema>;

/**
 * Returns a recipe, checked and with its defaults filled in.
 *
 * @param input the recipe as it is written.
 * @returns the checked recipe.
 * @throws CircuitbookError if a part is missing, unknown or of the wrong kind; names the part.
 *
 * @example
 * ```ts
 * import { maxOfList, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const toy = training.recipe({
 *   name: "toy", about: "Repeats one digit.", tokenizer: maxOfList.tokenizerFile(),
 *   config: { model_type: "attention_only", vocab_size: 11, hidden_size: 8, num_hidden_layers: 1 },
 *   phases: [{
 *     name: "all", data: "one digit, again and again", batchTokens: 64, length: { steps: 10 },
 *     documents: () => [{ tokens: [1, 1, 1] }],
 *     optimizer: { adam: { rate: 1e-3 } },
 *   }],
 * });
 * assertEquals(toy.seed, 0);
 * ```
 */
export function recipe(input: RecipeInput): Recipe {
  const parsed = recipeSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue.path.join(".");
    const found = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown>)?.[key],
      input,
    );
    if (issue.code === "unrecognized_keys") {
      throw new CircuitbookError(
        `Expected known keys in ${where || "the recipe"} but found "${issue.keys[0]}".`,
      );
    }
    const part = where ? `"${where}" of the recipe` : "a recipe";
    throw new CircuitbookError(`Expected ${part} ${issue.message} but found ${shown(found)}.`);
  }
  if (!parsed.data.phases === !parsed.data.loop) {
    const found = parsed.data.loop ? "both" : "neither";
    throw new CircuitbookError(
      `Expected phases or a loop in the recipe "${parsed.data.name}" but found ${found}.`,
    );
  }
  return parsed.data;
}

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

/** A text to learn from: as text, or as tokens with what each prediction counts. */
export type TrainingDocument = { readonly text: string } | {
  readonly tokens: readonly number[];
  /** `weights[t]`: what predicting token t + 1 from the tokens before counts; one less than there are tokens. Default 1 each. */
  readonly weights?: readonly number[];
};

/** What the loop of a recipe of its own kind works with. */
export interface LoopJob extends Watch {
  /** Made with the recipe's weights, or with those of `start`. */
  readonly learner: Learner;
  /** Where state is kept; `run.kept` is what to go on from. Undefined where nothing is kept (a notebook). */
  readonly run?: RunFolder;
  readonly seed: number;
  /** What `--minutes` says; undefined where the recipe's own length holds. */
  readonly minutes?: number;
  /** Told each row of the curves as it is made. */
  readonly onStep?: (row: CurveRow) => void;
}

/** What a loop hands back; the learner holds the trained weights. */
export interface LoopResult {
  /** A row of each step, from the first on, those before a resume too. */
  readonly rows: readonly CurveRow[];
  readonly steps: number;
  readonly tokens: number;
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
  /** For the card: `random order`. */
  name: text,
  /** For the card: what the documents are, in words and shares. */
  data: text,
  /** The documents of a block of the endless stream: the same seed and block give the same documents. */
  documents: callable<(place: { seed: number; block: number }) => readonly TrainingDocument[]>(),
  /** How many tokens a batch has, padding included, at most (one document is a batch at least). */
  batchTokens: count,
  /** How long it lasts: steps, or minutes that are turned into steps once, by timing. */
  length: z.union([
    z.strictObject({ steps: count }),
    z.strictObject({ minutes: positive }),
  ], "to be { steps } or { minutes }"),
  optimizer: optimizerSettings,
  schedule: scheduleSettings.prefault({}),
});

const recipeSchema = z.strictObject({
  /** `countdown-base`: what `deno task train` is told. */
  name: z.string("to be a name").regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    "to be small letters, digits and dashes",
  ),
  /** For the card: what the model is, in a sentence or two. */
  about: text,
  /** `config.json` of the model. */
  config: json,
  /** `tokenizer.json`: its content, or the model (embedded name or folder) that has it. */
  tokenizer: z.union(
    [text, json],
    "to be a model that has the tokenizer, or the content of a tokenizer.json",
  ),
  /** The model (embedded name or folder) whose weights it starts with; without it they are random. */
  start: text.optional(),
  /** Standard deviation of random matrices. */
  deviation: positive.default(0.02),
  seed: z.int("to be a whole number").default(0),
  /** Learning to predict the next token of documents, phase after phase; each begins with fresh moments and a warm-up. */
  phases: z.array(phaseSchema, "to be a list of phases").min(1, "to be at least one phase")
    .optional(),
  /** Held-out documents, and after how many steps their loss is measured. */
  validation: z.strictObject({
    documents: callable<() => readonly TrainingDocument[]>(),
    every: count,
  }).optional(),
  /** Instead of phases: a loop of its own, such as reinforcement learning. */
  loop: callable<(job: LoopJob) => Promise<LoopResult>>().optional(),
  /** With a loop: its settings, for the card, and for refusing to go on with others. */
  settings: json.optional(),
  /** State is kept after this many minutes. */
  keepEvery: z.strictObject({ minutes: positive }, "to be { minutes }").prefault({ minutes: 2 }),
  /** Panels of the figure of curves: columns of the rows, drawn together. */
  curves: z.array(
    z.strictObject({
      columns: z.array(text, "to be names of columns").min(1, "to be names of columns"),
      name: text,
    }, "to be a panel, { columns, name }"),
    "to be a list of panels",
  ).default([
    { columns: ["loss", "validation"], name: "loss (nats per token)" },
  ]),
  /** Shares or numbers to be told on the card, by what they measure. */
  scores: callable<(model: Model, watch: Watch) => Promise<Readonly<Record<string, number>>>>()
    .optional(),
}, "to be an object");

/** A recipe as it is written, with defaults left out. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** A checked recipe: how a model is made. */
export type Recipe = z.output<typeof recipeSchema>;

/** A part of a recipe that learns from documents. */
export type Phase = z.output<typeof phaseSchema>;

/**
 * A recipe, checked, with its defaults.
 *
 * @throws CircuitbookError naming the part that is wrong.
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

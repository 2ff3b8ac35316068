import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import type { Span } from "../tasks/text/token_spans.ts";
import type { RunFolder } from "./run/run_folder.ts";
import type { Model } from "../model/model.ts";
import { type AdapterSettings, adapterSettings } from "./adapter.ts";
import { keysAt, shown, unknownKey } from "../base/options.ts";
import type { CurveRow } from "./curves.ts";
import type { AcceptanceRow } from "./scores.ts";
import type { Learner } from "./learner.ts";
import {
  type OptimizerSettings,
  optimizerSettings,
  type OptimizerSettingsInput,
} from "./optimizer/settings.ts";
import { type Schedule, scheduleSettings } from "./optimizer/schedule.ts";

/** A document to learn from: a text, or tokens with the weight of each prediction. */
export type TrainingDocument = {
  /** The text, with its end token. */
  readonly text: string;
  /**
   * The parts of the text whose tokens are learned, each inside the text. Default: the whole text.
   */
  readonly learned?: readonly Span[];
} | {
  /** Token ids. */
  readonly tokens: readonly number[];
  /**
   * `weights[t]`: the weight of predicting token t + 1 from the tokens before it. There is one
   * weight less than there are tokens; the default is 1 each.
   */
  readonly weights?: readonly number[];
};

/** The argument of a recipe's own training loop. */
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

/** A phase of a recipe that learns from documents. */
export interface Phase {
  /** The name of the phase on the model card: `random order`. */
  readonly name: string;
  /** What the documents are, in words and shares, for the model card. */
  readonly data: string;
  /**
   * Returns the documents of a block of the endless stream: the same ones for the same seed and
   * block.
   */
  readonly documents: (place: { seed: number; block: number }) => readonly TrainingDocument[];
  /** The most tokens of a batch, padding included. A batch has at least one document. */
  readonly batchTokens: number;
  /** How long the phase lasts: steps, or minutes, which are turned into steps once by timing. */
  readonly length: { readonly steps: number } | { readonly minutes: number };
  /** The settings of the optimizer. */
  readonly optimizer: OptimizerSettings;
  /** How the learning rate changes over the steps of the phase. */
  readonly schedule: Schedule;
}

/** A phase as a user writes it, with defaults left out. */
export type PhaseInput = Omit<Phase, "optimizer" | "schedule"> & {
  readonly optimizer: OptimizerSettingsInput;
  readonly schedule?: Partial<Schedule>;
};

/** A panel of the figure of a recipe's curves. */
export interface CurvePanel {
  /** The columns that the panel draws. */
  readonly columns: readonly string[];
  /** What the vertical axis shows. */
  readonly name: string;
}

/** A checked recipe, with its defaults filled in: how a model is made. */
export interface Recipe {
  /** The name of the recipe and its model: what `deno task train` is given. */
  readonly name: string;
  /** What the model is, in a sentence or two, for the model card. */
  readonly about: string;
  /**
   * The content of the model's `config.json`. A recipe with an adapter uses the configuration of
   * its start.
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * The content of the model's `tokenizer.json`, or the embedded model or folder that has the
   * tokenizer. A recipe with an adapter has the tokenizer of its start.
   */
  readonly tokenizer?: string | Readonly<Record<string, unknown>>;
  /**
   * The model whose weights the training starts from, as `loadModel` takes it; without it they are
   * random. A recipe with an adapter may start from the folder of an adapter with equal settings.
   */
  readonly start?: string;
  /** The LoRA adapter that is trained in place of all weights. */
  readonly adapter?: AdapterSettings;
  /** The chat template of the prompts that an adapter learns, in Jinja. By default the base's. */
  readonly chatTemplate?: string;
  /** The standard deviation of random matrices. Default 0.02. */
  readonly deviation: number;
  /** The seed of all random numbers of the run. Default 0. */
  readonly seed: number;
  /**
   * The phases of learning to predict the next token of documents, one after the other. Each begins
   * with moments of 0 and a warm-up.
   */
  readonly phases?: readonly Phase[];
  /** Held-out documents, and the number of steps between two measurements of their loss. */
  readonly validation?: {
    readonly documents: () => readonly TrainingDocument[];
    readonly every: number;
  };
  /** A training loop of the recipe's own, such as reinforcement learning, in place of phases. */
  readonly loop?: (job: LoopJob) => Promise<LoopResult>;
  /** The settings of that loop, for the model card. A run is continued only with equal settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** State is kept every so many minutes. Default 2. */
  readonly keepEvery: { readonly minutes: number };
  /** The panels of the figure of curves. Default: one panel of the losses. */
  readonly curves: readonly CurvePanel[];
  /** Returns the scores of the trained model, with what is asked of each: the acceptance test. */
  readonly scores?: (model: Model, watch: Watch) => Promise<readonly AcceptanceRow[]>;
}

/** A recipe as a user writes it, with defaults left out. */
export type RecipeInput =
  & Omit<Recipe, "deviation" | "seed" | "keepEvery" | "curves" | "phases">
  & Partial<Pick<Recipe, "deviation" | "seed" | "keepEvery" | "curves">>
  & { readonly phases?: readonly PhaseInput[] };

const text: z.ZodString = z.string("to be a text").min(1, "to be a text");
const callable = <F>(): z.ZodType<F, F> =>
  z.custom<F>((value) => typeof value === "function", "to be a function");
const count: z.ZodInt = z.int("to be a whole number of at least 1").min(
  1,
  "to be a whole number of at least 1",
);
const positive: z.ZodNumber = z.number("to be a number above 0").positive("to be a number above 0");
const json: z.ZodRecord<z.ZodString, z.ZodUnknown> = z.record(
  z.string(),
  z.unknown(),
  "to be a JSON object",
);

const phaseSchema: z.ZodType<Phase, PhaseInput> = z.strictObject({
  name: text,
  data: text,
  documents: callable<(place: { seed: number; block: number }) => readonly TrainingDocument[]>(),
  batchTokens: count,
  length: z.union([
    z.strictObject({ steps: count }),
    z.strictObject({ minutes: positive }),
  ], "to be { steps } or { minutes }"),
  optimizer: optimizerSettings,
  schedule: scheduleSettings.prefault({}),
});

const recipeSchema: z.ZodType<Recipe, RecipeInput> = z.strictObject({
  name: z.string("to be a name").regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    "to be small letters, digits and dashes",
  ),
  about: text,
  config: json.optional(),
  tokenizer: z.union(
    [text, json],
    "to be a model that has the tokenizer, or the content of a tokenizer.json",
  ).optional(),
  start: text.optional(),
  adapter: adapterSettings.optional(),
  chatTemplate: text.optional(),
  deviation: positive.default(0.02),
  seed: z.int("to be a whole number").default(0),
  phases: z.array(phaseSchema, "to be a list of phases").min(1, "to be at least one phase")
    .optional(),
  validation: z.strictObject({
    documents: callable<() => readonly TrainingDocument[]>(),
    every: count,
  }).optional(),
  loop: callable<(job: LoopJob) => Promise<LoopResult>>().optional(),
  settings: json.optional(),
  keepEvery: z.strictObject({ minutes: positive }, "to be { minutes }").prefault({ minutes: 2 }),
  curves: z.array(
    z.strictObject({
      columns: z.array(text, "to be names of columns").min(1, "to be names of columns"),
      name: text,
    }, "to be a panel, { columns, name }"),
    "to be a list of panels",
  ).default([
    { columns: ["loss", "validation"], name: "loss (nats per token)" },
  ]),
  scores: callable<(model: Model, watch: Watch) => Promise<readonly AcceptanceRow[]>>().optional(),
}, "to be an object");

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
      const known = keysAt(recipeSchema, issue.path);
      throw new CircuitbookError(unknownKey(where || "the recipe", issue.keys[0], known));
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
  checkParts(parsed.data);
  return parsed.data;
}

/**
 * Checks that a recipe has a model to train: a configuration and a tokenizer, or a start and an
 * adapter.
 */
function checkParts({ name, config, tokenizer, start, adapter, chatTemplate }: Recipe): void {
  const parts = adapter ? { start } : { config, tokenizer };
  const [missing] = Object.entries(parts).find(([, part]) => part === undefined) ?? [];
  if (missing) {
    throw new CircuitbookError(`Expected "${missing}" in the recipe "${name}" but found none.`);
  }
  const [extra] = Object.entries({ config, tokenizer }).find(([, part]) => part !== undefined) ??
    [];
  if (adapter && extra) {
    throw new CircuitbookError(
      `Expected no "${extra}" in the recipe "${name}", which trains an adapter, but found one; leave it out: ` +
        "the start has it.",
    );
  }
  if (chatTemplate !== undefined && !adapter) {
    throw new CircuitbookError(
      `Expected no "chatTemplate" in the recipe "${name}", which trains all weights, but found one; leave it out.`,
    );
  }
}

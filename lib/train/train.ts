import type pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../base/progress.ts";
import { RunFolder } from "./run/run_folder.ts";
import { findModel } from "../checkpoint/find.ts";
import { loadTokenizer, type Tokenizer, tokenizerOf } from "../checkpoint/tokenizer/tokenizer.ts";
import { architectureOf } from "../model/families/architecture_of.ts";
import { openModel } from "../model/load.ts";
import type { Model } from "../model/model.ts";
import { callable, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { curveFrame, type CurveRow } from "./curves.ts";
import { initialWeights } from "./initial_weights.ts";
import { Learner } from "./learner.ts";
import type { Recipe } from "./recipe.ts";
import { Trainer } from "./trainer.ts";

/** How {@link train} goes about it. */
export interface TrainOptions extends Watch {
  /** Of the first weights and the data; that of the recipe by default. */
  readonly seed?: number;
  /** How long it takes, about; as the recipe has it by default. */
  readonly minutes?: number;
  /** Told each row of the curves as it is made, such as `liveLossCurve()`. */
  readonly onStep?: (row: CurveRow) => void;
  /** Where state is kept; what is there is gone on from. */
  readonly run?: RunFolder;
}

const optionsSchema = z.strictObject({
  ...watch,
  seed: wholeNumber.optional(),
  minutes: z.number("to be a number above 0").positive("to be a number above 0").optional(),
  onStep: callable.optional(),
  run: z.custom((value) => value instanceof RunFolder, "to be a RunFolder").optional(),
});

/** A finished training run. */
export interface Training {
  readonly learner: Learner;
  /** The trained model. */
  readonly model: Model;
  /** The curves: a row of each step. Of documents: step, tokens, loss, validation, norm, rate (a share of the optimizers' rates), seconds. */
  readonly curves: pl.DataFrame;
  readonly rows: readonly CurveRow[];
  readonly steps: number;
  /** Predictions that were learned from. */
  readonly tokens: number;
  readonly seconds: number;
}

/**
 * A model made by a recipe, in memory, with its curves.
 *
 * @throws CircuitbookError for options of the wrong kind, and when a loss or gradient is not finite; InterruptedError when
 * stopped.
 *
 * @example
 * ```ts
 * import { recipes, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { phases: [phase] = [], ...rest } = recipes.maxOfList;
 * const short = training.recipe({ ...rest, phases: [{ ...phase, length: { steps: 3 } }] });
 * const { curves } = await training.train(short, { seed: 1 });
 * assertEquals(curves.getColumn("step").toArray(), [1, 2, 3]);
 * ```
 */
export async function train(recipe: Recipe, options: TrainOptions = {}): Promise<Training> {
  checkOptions(options, optionsSchema, "train");
  const seeded = { ...recipe, seed: options.seed ?? recipe.seed };
  const learner = await learnerOf(seeded, options);
  const { signal, onProgress, onStep, run, minutes } = options;
  const job = { signal, onProgress, onStep, run, minutes };
  const result = recipe.loop
    ? await recipe.loop({ ...job, learner, seed: seeded.seed })
    : await new Trainer(seeded, learner, job).train();
  return { ...result, learner, model: learner.model, curves: curveFrame(result.rows) };
}

/** A learner with the first weights of a recipe: random, or those of the model that it starts from. */
async function learnerOf(recipe: Recipe, watch: Watch): Promise<Learner> {
  const { config, start, seed, deviation } = recipe;
  const tokenizer = await tokenizerOfRecipe(recipe);
  if (start === undefined) {
    return new Learner(
      config,
      tokenizer,
      initialWeights(architectureOf(config), { seed, deviation }),
    );
  }
  const { checkpoint } = await openModel(start, watch);
  const { shapes } = architectureOf(config);
  const read = [...shapes.keys()].map(async (name) => [name, await checkpoint.read(name)] as const);
  return new Learner(config, tokenizer, new Map(await Promise.all(read)));
}

/** The tokenizer of a recipe. */
export async function tokenizerOfRecipe({ tokenizer }: Recipe): Promise<Tokenizer> {
  return typeof tokenizer === "string"
    ? await loadTokenizer(await findModel(tokenizer))
    : tokenizerOf(tokenizer);
}

import { CircuitbookError } from "../base/errors.ts";
import { z } from "zod";
import { checkArguments } from "../base/arguments.ts";
import { aRecipe } from "./kinds.ts";
import type { Watch } from "../base/progress.ts";
import { RunFolder } from "./run/run_folder.ts";
import { findModel } from "../checkpoint/find.ts";
import { loadTokenizer, tokenizerOf } from "../checkpoint/tokenizer/load.ts";
import { withChatTemplate } from "../checkpoint/tokenizer/file_tokenizer.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openAdapterFolder } from "../checkpoint/adapter/folder.ts";
import { f32Bytes } from "../model/engine/engine.ts";
import type { AdapterSettings } from "./adapter.ts";
import { architectureOf } from "../model/families/architecture_of.ts";
import { openModel } from "../model/load.ts";
import type { Model } from "../model/model.ts";
import { callable, checkOptions, watch, wholeNumber } from "../base/options.ts";
import type { TableOf } from "../table/table.ts";
import { curveFrame, type CurveRow } from "./curves.ts";
import { initialWeights } from "./initial_weights.ts";
import { Learner } from "./learner.ts";
import { verifyTrainingFits } from "./memory.ts";
import type { Recipe } from "./recipe.ts";
import { Trainer } from "./trainer.ts";

/** Options of {@link train}. */
export interface TrainOptions extends Watch {
  /** The seed of the first weights and of the data; the recipe's seed by default. */
  readonly seed?: number;
  /** How many minutes the training takes, approximately; the recipe's length by default. */
  readonly minutes?: number;
  /** Called with each row of the curves as it is made, for example by `liveLossCurve()`. */
  readonly onStep?: (row: CurveRow) => void;
  /** The folder in which state is kept. A state that is there is continued. */
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
  /** The learner, which can be trained further. */
  readonly learner: Learner;
  /** The trained model. */
  readonly model: Model;
  /**
   * The curves, one row for each step. Training on documents has the columns step, tokens, loss and
   * validation (nats per token), norm, rate (a share of the optimizers' rates), and seconds.
   */
  readonly curves: TableOf<CurveRow>;
  /** The rows of the curves. */
  readonly rows: readonly CurveRow[];
  /** How many steps were taken. */
  readonly steps: number;
  /** How many predictions were learned from. */
  readonly tokens: number;
  /** How long the training took. */
  readonly seconds: number;
}

/**
 * Trains a model by a recipe, in memory, and returns it with its curves.
 *
 * @param recipe how the model is made.
 * @param options the seed, the length, and how the training is watched and kept.
 * @returns the trained model, its curves, and how long the training took.
 * @throws CircuitbookError if an option is of the wrong kind, if the training does not fit into
 * memory, or if a loss or gradient is not finite.
 * @throws InterruptedError if stopped.
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
  checkArguments("train", {
    recipe: [recipe, aRecipe],
  });

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

/**
 * Returns a learner with the first weights of a recipe: random, or those of the model that the
 * recipe starts from.
 */
async function learnerOf(recipe: Recipe, watch: Watch): Promise<Learner> {
  const { config, start, seed, deviation, adapter } = recipe;
  if (adapter) return await adapterLearner({ ...recipe, adapter, start: start! }, watch);
  const architecture = architectureOf(config);
  verifyTrainingFits(recipe, { architecture, shapes: architecture.shapes });
  const tokenizer = await tokenizerOfRecipe(recipe);
  const weights = start === undefined
    ? initialWeights(architecture, { seed, deviation })
    : await weightsOf((await openModel(start, watch)).checkpoint, architecture.shapes.keys());
  return Learner.ofWeights(config, tokenizer, weights);
}

/** Returns a learner of a new adapter, or of the adapter that a recipe starts from. */
async function adapterLearner(
  recipe: Recipe & { adapter: AdapterSettings; start: string },
  watch: Watch,
): Promise<Learner> {
  const { adapter, start, seed, chatTemplate } = recipe;
  const folder = await findModel(start, watch);
  const own = await openAdapterFolder(folder);
  if (own?.base === folder) {
    throw new CircuitbookError(
      `Expected a model or an adapter to start from but found both in ${folder}; move the adapter to a folder of its own.`,
    );
  }
  const base = await openModel(own?.base ?? start, watch);
  const tokenizer = chatTemplate === undefined
    ? base.tokenizer
    : withChatTemplate(base.tokenizer, chatTemplate);
  const learner = Learner.ofAdapter({ ...base, tokenizer }, adapter, { seed });
  const { architecture, shapes } = learner;
  verifyTrainingFits(recipe, { architecture, shapes, frozen: f32Bytes(base.checkpoint) });
  if (own) learner.set(await own.weights(shapes, adapter));
  return learner;
}

/** Reads tensors of a checkpoint, f32 by name. */
async function weightsOf(
  checkpoint: Checkpoint,
  names: Iterable<string>,
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const read = [...names].map(async (name) => [name, await checkpoint.read(name)] as const);
  return new Map(await Promise.all(read));
}

/** Returns the tokenizer of a recipe that trains all weights. */
async function tokenizerOfRecipe({ tokenizer }: Recipe): Promise<Tokenizer> {
  return typeof tokenizer === "string"
    ? await loadTokenizer(await findModel(tokenizer))
    : tokenizerOf(tokenizer!);
}

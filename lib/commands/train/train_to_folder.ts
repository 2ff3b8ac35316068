import { join } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { readJson } from "../../checkpoint/files.ts";
import { findModel } from "../../checkpoint/find.ts";
import { roundToF16 } from "../../checkpoint/safetensors/halves.ts";
import { RunFolder } from "../../train/run/run_folder.ts";
import { runIdentity } from "../../train/run/run_identity.ts";
import { openAdapterFolder } from "../../checkpoint/adapter/folder.ts";
import { writeAdapter } from "../../checkpoint/adapter/write.ts";
import { writeModel } from "../../checkpoint/write_model.ts";
import { writeWhole } from "../../checkpoint/files.ts";
import { lossCurve } from "../../plot/mod.ts";
import { type Learner, type Recipe, train, type Training, trainingCard } from "../../train/mod.ts";
import { scoreText } from "../../train/card.ts";
import { CURVES_FILE } from "../../train/run/kept_curves.ts";
import { writeTable } from "../../notebook/write_table.ts";
import type { TrainArguments } from "./arguments.ts";
import { asBegun, identityOf } from "./identity.ts";
import { countText } from "../../base/formats.ts";

/**
 * Trains a model by a recipe and writes its folder. If the run stops early, its state is kept in
 * the folder.
 *
 * @param tell prints a line: what was done.
 * @throws CircuitbookError if the folder holds a run and `resume` is not set, if it holds anything
 * else, if it holds another run, or if a loss is not finite.
 * @throws InterruptedError if the run is stopped.
 */
export async function trainToFolder(
  recipe: Recipe,
  args: Omit<TrainArguments, "recipe">,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  const { out, resume } = args;
  await refuseOtherFolder(out);
  const { recipe: seeded, minutes } = await asBegun(recipe, args);
  using run = await RunFolder.open(join(out, "run"), await identityOf(seeded, minutes), { resume });
  if (run.kept) tell(`${recipe.name}: continues after step ${run.kept.step}`);
  const training = await train(seeded, { ...watch, run, minutes });
  await writeCurves(out, seeded, training);
  halve(training.learner);
  const scores = await recipe.scores?.(training.model, watch) ?? [];
  const command = [
    `deno task train ${recipe.name}`,
    ...minutes === undefined ? [] : [`--minutes ${minutes}`],
    ...seeded.seed === recipe.seed ? [] : [`--seed ${seeded.seed}`],
  ].join(" ");
  const { architecture } = training.learner;
  const card = trainingCard(seeded, { ...training, architecture, scores, command });
  await writeLearned(out, recipe, training.learner, card);
  tell(`${out}: ${toldOf(training)}`);
  for (const row of scores) tell(`${row.score}: ${scoreText(row)}`);
}

/** Writes a trained model, or a trained adapter. */
async function writeLearned(
  out: string,
  recipe: Recipe,
  { weights, shapes }: Learner,
  card: string,
): Promise<void> {
  const { adapter, start, config, chatTemplate } = recipe;
  if (adapter) {
    const own = await openAdapterFolder(await findModel(start!));
    return await writeAdapter(out, {
      ...adapter,
      weights,
      shapes,
      base: own?.base ?? start!,
      card,
      chatTemplate,
    });
  }
  const tokenizer = await tokenizerJson(recipe);
  await writeModel(out, { config: config!, weights, shapes, tokenizer, card });
}

/** Refuses a folder that holds anything but a run, so that no file of the user is overwritten. */
async function refuseOtherFolder(out: string): Promise<void> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(out)) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new CircuitbookError(
      `Expected a new folder as --out but could not read ${out}: ${messageOf(error)}`,
    );
  }
  const only = names.every((name) => name === "run");
  if (only || await runIdentity(join(out, "run"))) return;
  throw new CircuitbookError(
    `Expected a new folder as --out but found "${names.sort()[0]}" in ${out}; name another --out.`,
  );
}

/** Writes the curves of the training as a table and as a figure. */
async function writeCurves(
  out: string,
  { name, curves: panels }: Recipe,
  { rows, curves }: Training,
): Promise<void> {
  await writeTable(join(out, CURVES_FILE), curves);
  await writeWhole(join(out, "curves.svg"), `${lossCurve(rows, { panels, title: name }).svg}\n`);
}

/**
 * Rounds the weights to f16, as they will be written, so that the scores are those of the model in
 * the folder.
 */
function halve(learner: Learner): void {
  learner.set(
    new Map([...learner.weights].map(([name, data]) => [name, new Float32Array(roundToF16(data))])),
  );
}

/**
 * Returns the content of `tokenizer.json`: the recipe's own, or that of the model that the recipe
 * names.
 */
async function tokenizerJson({ tokenizer }: Recipe): Promise<unknown> {
  return typeof tokenizer === "string"
    ? await readJson(join(await findModel(tokenizer), "tokenizer.json"))
    : tokenizer;
}

/** Returns such as `1,000 steps, 2,048,000 tokens in 60 s (34,133 tokens/s)`. */
function toldOf({ steps, tokens, seconds }: Training): string {
  const whole = (number: number) => countText(Math.round(number));
  const rate = `${whole(tokens / seconds)} tokens/s`;
  return `${whole(steps)} steps, ${whole(tokens)} tokens in ${whole(seconds)} s (${rate})`;
}

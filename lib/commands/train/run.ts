import { join } from "@std/path";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { readJson } from "../../checkpoint/files.ts";
import { findModel } from "../../checkpoint/find.ts";
import { type Json, RunFolder, type RunIdentity } from "../../checkpoint/run_folder.ts";
import { writeModel } from "../../checkpoint/write_model.ts";
import { lossCurve } from "../../plot/mod.ts";
import { type Recipe, train, type Training, trainingCard } from "../../train/mod.ts";
import { writeTable } from "../sweep/table.ts";
import type { TrainArguments } from "./arguments.ts";

/**
 * Trains a model by a recipe and writes its folder; the state of a run that stops early is kept there.
 *
 * @param tell told what is done, a line each.
 * @throws CircuitbookError when something is in the folder and `resume` is not set, or it is of another run, or a loss is not
 * finite; InterruptedError when stopped.
 */
export async function trainToFolder(
  recipe: Recipe,
  { out, minutes, resume }: Omit<TrainArguments, "recipe">,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  await refuseOtherModel(out);
  using run = await RunFolder.open(join(out, "run"), await identityOf(recipe, minutes, { out, resume }), { resume });
  if (run.kept) tell(`${recipe.name}: goes on after step ${run.kept.step}`);
  const training = await train(recipe, { ...watch, run, minutes });
  await writeTable(join(out, "curves.parquet"), training.curves);
  const figure = lossCurve(training.rows, { panels: recipe.curves, title: recipe.name });
  await Deno.writeTextFile(join(out, "curves.svg"), `${figure.svg}\n`);
  const { learner: { weights, architecture } } = training, { config } = recipe;
  const tokenizer = await tokenizerJson(recipe), scores = await recipe.scores?.(training.model, watch) ?? {};
  const card = trainingCard(recipe, { ...training, architecture, scores });
  await writeModel(out, { config, weights, shapes: architecture.shapes, tokenizer, card });
  tell(`${out}: ${toldOf(training)}`);
  for (const [name, value] of Object.entries(scores)) tell(`${name}: ${Number(value.toPrecision(4))}`);
}

/** A folder that holds a model without its run was made in another way, and is left alone. */
async function refuseOtherModel(out: string): Promise<void> {
  const exists = (name: string) => Deno.stat(join(out, name)).then(() => true, () => false);
  if (await exists("config.json") && !await exists("run")) {
    throw new CircuitbookError(`Expected a new folder as --out but found a model in ${out}; name another --out.`);
  }
}

/** What a run is of: everything in the recipe that is data, its first documents, and the minutes. */
async function identityOf(
  recipe: Recipe,
  minutes: number | undefined,
  { out, resume }: { out: string; resume: boolean },
): Promise<RunIdentity> {
  const { name, about: _about, phases = [], validation, scores: _scores, curves: _curves, ...settings } = recipe;
  const older = resume ? await readJson(join(out, "run", "run.json")) as RunIdentity | undefined : undefined;
  const data = phases.map(({ documents }) => documents({ seed: recipe.seed, block: 0 }));
  return {
    recipe: name,
    // Who goes on with a run need not say again how long it is.
    minutes: minutes ?? older?.minutes ?? null,
    ...jsonOf({ ...settings, validation: validation?.every ?? null, phases }),
    documents: await hashOf([data, validation?.documents() ?? []]),
  };
}

/** The parts of a value that are data. */
function jsonOf(value: unknown): Record<string, Json> {
  return JSON.parse(JSON.stringify(value));
}

async function hashOf(value: unknown): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(value)));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tokenizerJson({ tokenizer }: Recipe): Promise<unknown> {
  return typeof tokenizer === "string" ? await readJson(join(await findModel(tokenizer), "tokenizer.json")) : tokenizer;
}

function toldOf({ steps, tokens, seconds }: Training): string {
  const count = (number: number) => Math.round(number).toLocaleString("en");
  return `${count(steps)} steps, ${count(tokens)} tokens in ${count(seconds)} s (${count(tokens / seconds)} tokens/s)`;
}

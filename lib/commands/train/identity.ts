import { join } from "deno-std/path/mod.js";
import { openModel } from "../../model/load.ts";
import { type Json, type RunIdentity, runIdentity } from "../../train/run/run_identity.ts";
import type { Recipe } from "../../train/mod.ts";
import type { TrainArguments } from "./arguments.ts";

/**
 * Returns a recipe with its seed, and the minutes that were asked for. A run that is resumed keeps
 * the seed and the minutes that it was begun with, unless others were given.
 */
export async function asBegun(
  recipe: Recipe,
  { out, resume, seed, minutes }: Omit<TrainArguments, "recipe">,
): Promise<{ recipe: Recipe; minutes?: number }> {
  const older = resume ? await runIdentity(join(out, "run")) : undefined;
  const number = (value: Json | undefined) => typeof value === "number" ? value : undefined;
  return {
    recipe: { ...recipe, seed: seed ?? number(older?.seed) ?? recipe.seed },
    minutes: minutes ?? number(older?.minutes),
  };
}

/**
 * Returns the identity of a run: everything in the recipe that is data, its first documents, the
 * weights it starts from, and the minutes.
 */
export async function identityOf(recipe: Recipe, minutes?: number): Promise<RunIdentity> {
  const {
    name,
    about: _about,
    phases = [],
    validation,
    scores: _scores,
    curves: _curves,
    ...settings
  } = recipe;
  const data = phases.map(({ documents }) => documents({ seed: recipe.seed, block: 0 }));
  return {
    recipe: name,
    minutes: minutes ?? null,
    ...dataOf({ ...settings, validation: validation?.every ?? null, phases }),
    documents: await hashOf([data, validation?.documents() ?? []]),
    ...recipe.start === undefined ? {} : { startWeights: await hashOfWeights(recipe.start) },
  };
}

async function hashOfWeights(model: string): Promise<string> {
  return await (await openModel(model)).checkpoint.hash();
}

/** Returns the parts of a value that are data, without its functions. */
function dataOf(value: unknown): Record<string, Json> {
  return JSON.parse(JSON.stringify(value));
}

async function hashOf(value: unknown): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(JSON.stringify(value)),
  );
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

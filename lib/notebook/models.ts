import { isDeepStrictEqual } from "node:util";
import { CircuitbookError } from "../base/errors.ts";
import { openAdapterFolder } from "../checkpoint/adapter/folder.ts";
import { embeddedModels, findModel } from "../checkpoint/find.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { hasAttribute } from "../model/families/ignored.ts";
import { loadModel, type LoadOptions } from "../model/load.ts";
import type { Model } from "../model/model.ts";
import { recordModel } from "./run/record_model.ts";

/**
 * Returns the model that a notebook is about: the model that the environment variable
 * `CIRCUITBOOK_MODEL` names (`deno task report --model` sets it), otherwise the notebook's own. The
 * LoRA adapter that `CIRCUITBOOK_ADAPTER` names (`--adapter`) is merged with the weights, and the
 * attributes of `config.json` that `CIRCUITBOOK_IGNORE_CONFIG` names (`--ignore-config`) are left
 * out. An attribute that only the base of `CIRCUITBOOK_BASE` has is left out of the base.
 *
 * @param own the notebook's own model: an embedded name, a folder or a Hub id.
 * @param options as of {@link loadModel}.
 * @returns the loaded model.
 * @throws CircuitbookError as {@link loadModel} does.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * assertEquals((await notebook.model("countdown-r1")).name, "countdown-r1");
 * ```
 */
export async function model(own: string, options: LoadOptions = {}): Promise<Model> {
  const name = Deno.env.get("CIRCUITBOOK_MODEL") || own;
  const adapter = Deno.env.get("CIRCUITBOOK_ADAPTER") || undefined;
  const ignoreConfig = await ignoredIn(name, Deno.env.get("CIRCUITBOOK_BASE") || undefined);
  const asked: LoadOptions = { adapter, ignoreConfig, ...options };
  const loaded = await loadModel(name, asked);
  await recordModel(loaded, { role: "model", name, ...asked });
  return loaded;
}

/**
 * Returns the base model that the notebook's model was tuned from: the model that the environment
 * variable `CIRCUITBOOK_BASE` names (`deno task report --base` sets it), otherwise the notebook's
 * own. The attributes of `config.json` that `CIRCUITBOOK_IGNORE_CONFIG` names are left out, except
 * for those that only the model of `CIRCUITBOOK_MODEL` has.
 *
 * @param own the notebook's own base model: an embedded name, a folder or a Hub id.
 * @param options as of {@link loadModel}.
 * @returns the loaded base model.
 * @throws CircuitbookError as {@link loadModel} does, and if `CIRCUITBOOK_BASE` is not set and
 * `CIRCUITBOOK_MODEL` names a model that is not embedded or has another configuration: the
 * notebook's own base would not be its base.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * Deno.env.delete("CIRCUITBOOK_BASE");
 * assertEquals((await notebook.baseModel("countdown-base")).name, "countdown-base");
 * ```
 */
export async function baseModel(own: string, options: LoadOptions = {}): Promise<Model> {
  const name = await baseModelName(own);
  if (name !== undefined) {
    const ignoreConfig = await ignoredIn(name, Deno.env.get("CIRCUITBOOK_MODEL") || undefined);
    const asked: LoadOptions = { ignoreConfig, ...options };
    const loaded = await loadModel(name, asked);
    await recordModel(loaded, { role: "base", name, ...asked });
    return loaded;
  }
  throw new CircuitbookError(
    `Expected the base model that ${
      Deno.env.get("CIRCUITBOOK_MODEL")
    } was tuned from but found no CIRCUITBOOK_BASE; set it, or give --base beside --model.`,
  );
}

/**
 * Returns the name of the base model that {@link baseModel} loads, or `undefined` if
 * `CIRCUITBOOK_BASE` is not set and `CIRCUITBOOK_MODEL` names a model that is not embedded or has
 * another configuration than the notebook's own base.
 *
 * @param own the notebook's own base model: an embedded name, a folder or a Hub id.
 * @returns the name.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * Deno.env.delete("CIRCUITBOOK_BASE");
 * assertEquals(await notebook.baseModelName("countdown-base"), "countdown-base");
 * ```
 */
export async function baseModelName(own: string): Promise<string | undefined> {
  const base = Deno.env.get("CIRCUITBOOK_BASE");
  const tuned = Deno.env.get("CIRCUITBOOK_MODEL");
  const known = base || !tuned || await isOneShape(tuned, own);
  return known ? base || own : undefined;
}

/**
 * Returns the attributes that `deno task report --ignore-config` names for one of two models: all
 * but those that only the other model has. An attribute that neither has stays in the list, and
 * loading refuses the attribute.
 */
async function ignoredIn(name: string, other: string | undefined): Promise<string[]> {
  const asked = (Deno.env.get("CIRCUITBOOK_IGNORE_CONFIG") || undefined)?.split(",") ?? [];
  if (asked.length === 0 || other === undefined) return asked;
  const [own, others] = await Promise.all([configOf(name), configOf(other)]);
  return asked.filter((attribute) =>
    hasAttribute(own, attribute) || !hasAttribute(others, attribute)
  );
}

/**
 * Returns the configuration of a model; for the folder of an adapter, the configuration of the
 * adapter's base.
 */
async function configOf(name: string): Promise<unknown> {
  const folder = await findModel(name);
  const adapter = await openAdapterFolder(folder);
  // An adapter's folder may be the folder of its base as well.
  const base = adapter?.base ?? folder;
  return base === folder ? (await openCheckpoint(folder)).config : await configOf(base);
}

/** Returns whether a model is embedded and has the configuration of a notebook's own base model. */
async function isOneShape(tuned: string, own: string): Promise<boolean> {
  if (!(await embeddedModels()).includes(tuned)) return false;
  const [config, ofBase] = await Promise.all([tuned, own].map(configOf));
  return isDeepStrictEqual(config, ofBase);
}

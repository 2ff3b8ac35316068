import { CircuitbookError } from "../base/errors.ts";
import { embeddedModels } from "../checkpoint/find.ts";
import { loadModel, type LoadOptions } from "../model/load.ts";
import type { Model } from "../model/model.ts";

/**
 * The model that a notebook is about: the one that the environment variable `CIRCUITBOOK_MODEL` names (an embedded name, a
 * folder or a Hub id; `deno task report --model` sets it), else the notebook's own.
 *
 * @throws CircuitbookError as {@link loadModel} does.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * assertEquals((await notebook.notebookModel("countdown-r1")).name, "countdown-r1");
 * ```
 */
export function notebookModel(own: string, options: LoadOptions = {}): Promise<Model> {
  return loadModel(Deno.env.get("CIRCUITBOOK_MODEL") || own, options);
}

/**
 * The model that the notebook's model was trained from: the one that the environment variable `CIRCUITBOOK_BASE` names
 * (`deno task report --base` sets it), else the notebook's own.
 *
 * @throws CircuitbookError as {@link loadModel} does, and when `CIRCUITBOOK_MODEL` alone is set, to a model that is not embedded:
 * the notebook's own base would not be its base.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * Deno.env.delete("CIRCUITBOOK_BASE");
 * assertEquals((await notebook.notebookBase("countdown-base")).name, "countdown-base");
 * ```
 */
export async function notebookBase(own: string, options: LoadOptions = {}): Promise<Model> {
  const base = Deno.env.get("CIRCUITBOOK_BASE");
  const model = Deno.env.get("CIRCUITBOOK_MODEL");
  if (base || !model || (await embeddedModels()).includes(model)) {
    return await loadModel(base || own, options);
  }
  throw new CircuitbookError(
    `Expected the model that ${model} was trained from but found no CIRCUITBOOK_BASE; set it, or give --base beside --model.`,
  );
}

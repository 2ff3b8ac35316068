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
 * import { notebookModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.delete("CIRCUITBOOK_MODEL");
 * assertEquals((await notebookModel("countdown-r1")).name, "countdown-r1");
 * ```
 */
export function notebookModel(own: string, options: LoadOptions = {}): Promise<Model> {
  return loadModel(Deno.env.get("CIRCUITBOOK_MODEL") || own, options);
}

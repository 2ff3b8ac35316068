import { basename } from "deno-std/path/mod.js";
import { checkArguments, is } from "../base/arguments.ts";
import { Abilities } from "../base/abilities.ts";
import { CircuitbookError } from "../base/errors.ts";
import { checkOptions, watch } from "../base/options.ts";
import { z } from "zod";
import type { Model } from "../model/model.ts";
import { aModel } from "../model/plan/kinds.ts";
import { Drawing, escapeHtml, framed } from "../plot/mod.ts";
import { liveFacts, type LiveFactsOptions } from "./facts.ts";
import { whyNoPage, writeLivePage } from "./page_file.ts";
import { frameOf } from "./frame.ts";
import { placeOf } from "./place.ts";
import { VerificationHeads } from "../studies/verification/verification_heads.ts";

const optionsSchema = z.strictObject({
  ...watch,
  abilities: z.instanceof(Abilities, { error: "to be what countdown.abilities returns" })
    .optional(),
  verifiers: z.instanceof(VerificationHeads, { error: "to be what verificationHeads returns" })
    .optional(),
});

/**
 * Writes the live page of a model and returns a panel that shows the page under a cell. The page
 * runs the model in the browser: the reader types another countdown problem, silences heads and
 * steers, and sees text, verdict, attention and lens change. The page of a model that also judges
 * properties, such as `property-r1`, asks for a property as well. The page is one HTML file that
 * also works alone, offline, and can be passed on.
 *
 * In JupyterLab the page lies beside the notebook, as `live-MODEL.html`; the notebook keeps only a
 * reference to the page. In a report the page is `live.html` beside the page of the notebook.
 *
 * @param model the model: a model folder of at most 15 MB whose tokenizer can spell a countdown
 * problem. Whether the model has learned such problems is not checked. The page computes in f32.
 * @param options `abilities`: what `countdown.abilities` has told of the model; `verifiers`: the
 * heads that `verificationHeads` has found; `signal` and `onProgress`.
 * @returns a drawing for a notebook cell; for a model that cannot run in a page, a sentence that
 * says why.
 * @throws CircuitbookError if the page cannot be written.
 *
 * @example
 * ```ts ignore
 * import { live, loadModel } from "circuitbook";
 *
 * await live.panel(await loadModel("countdown-r1"));
 * ```
 */
export async function panel(model: Model, options: LiveFactsOptions = {}): Promise<Drawing> {
  checkArguments("panel", { model: [model, aModel] });
  checkOptions(options, optionsSchema, "panel");
  const reason = whyNoPage(model);
  if (reason !== undefined) {
    const text = `There is no live page: ${reason}`;
    return new Drawing(framed(`<p>${escapeHtml(text)}</p>`), text);
  }
  const place = await placeOf(model);
  await writeLivePage(model, await liveFacts(model, options), place.path);
  return new Drawing(
    frameOf(model.name, place),
    `Live page of ${model.name}: open ${basename(place.path)} in a browser.`,
  );
}

/**
 * Writes the live page of a model to a file of your choice, as {@link panel} does.
 *
 * @param model the model: a model folder of at most 15 MB whose tokenizer can spell a countdown
 * problem. Whether the model has learned such problems is not checked. The page computes in f32.
 * @param path the HTML file to write.
 * @param options `abilities`: what `countdown.abilities` has told of the model; `verifiers`: the
 * heads that `verificationHeads` has found; `signal` and `onProgress`.
 * @throws CircuitbookError if the model cannot run in a page, or if the file cannot be written.
 *
 * @example
 * ```ts ignore
 * import { live, loadModel } from "circuitbook";
 *
 * await live.save(await loadModel("countdown-r1"), "/tmp/live.html");
 * ```
 */
export async function save(
  model: Model,
  path: string,
  options: LiveFactsOptions = {},
): Promise<void> {
  checkArguments("save", { model: [model, aModel], path: [path, is.text] });
  checkOptions(options, optionsSchema, "save");
  const reason = whyNoPage(model);
  if (reason !== undefined) {
    throw new CircuitbookError(`Expected a model that can run in a page but ${reason}`);
  }
  await writeLivePage(model, await liveFacts(model, options), path);
}

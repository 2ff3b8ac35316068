import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { anExample } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { checkOptions, watch } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import type { Model } from "../../model/model.ts";
import { type Contrast, contrast } from "../../steering/contrast.ts";
import { type Example, type Place, positionOf } from "./examples.ts";

/** Settings of {@link contrastOf}. */
export interface ContrastOptions extends Watch {
  /** The sentence whose end is the later position. Default "last". */
  readonly later?: Place;
  /** The sentence whose end is the earlier position. Default "first". */
  readonly earlier?: Place;
}

const place = z.enum(["first", "second", "last"], 'to be "first", "second" or "last"').optional();
const contrastSchema = z.strictObject({ ...watch, later: place, earlier: place });

/**
 * Returns the contrast of a model's residual stream between two positions of chains of thought,
 * after every layer. By default it is the end of the last sentence that states the answer minus the
 * end of the first.
 *
 * The recipe of C. Wendler's note "GSM8K based steering vectors for Deepseek-R1-Distill-Llama-8B"
 * (2025).
 *
 * @param model the model that reads the chains.
 * @param examples the chains.
 * @param options the two positions.
 * @returns the contrast: a mean difference for each layer.
 * @throws CircuitbookError if a position has an unknown name, or a token is not in the model's
 * vocabulary.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, reasoning } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { tokenizer } = model;
 * const problems = reasoning.ofCountdown(countdown.problems({ n: 4, seed: 1 }), tokenizer);
 * const examples = contrastive.examples(
 *   reasoning.worked(problems, tokenizer),
 *   problems,
 *   tokenizer,
 * );
 * assertEquals((await contrastive.contrastOf(model, examples)).n, 4);
 * ```
 */
export async function contrastOf(
  model: Model,
  examples: readonly Example[],
  options: ContrastOptions = {},
): Promise<Contrast> {
  checkArguments("contrastOf", {
    model: [model, aModel],
    examples: [examples, is.listOf(anExample)],
  });

  checkOptions(options, contrastSchema, "contrastOf");
  const { later = "last", earlier = "first", ...watching } = options;
  const tap = "blocks.*.hook_resid_post";
  const positions = examples.map((
    example,
  ) => [positionOf(example, earlier), positionOf(example, later)]);
  const cache = await model.run(examples.map(({ tokens }) => tokens), {
    tap,
    positions,
    ...watching,
  });
  const read = cache.layers(tap);
  const at = (parity: number) =>
    read.slice({ example: examples.map((_, row) => 2 * row + parity) });
  return contrast(at(1), at(0));
}

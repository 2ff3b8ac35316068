import { z } from "zod";
import { checkOptions, watch } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import type { Model } from "../../model/model.ts";
import { type Contrast, contrast } from "../../steering/contrastive.ts";
import { type Example, type Place, positionOf } from "./examples.ts";

/** Between which places a contrast is taken. */
export interface ContrastOptions extends Watch {
  /** By default "last", the end of the last sentence that states the answer. */
  readonly later?: Place;
  /** By default "first". */
  readonly earlier?: Place;
}

const place = z.enum(["first", "second", "last"], 'to be "first", "second" or "last"').optional();
const contrastSchema = z.strictObject({ ...watch, later: place, earlier: place });

/**
 * The contrast of a model's residual stream between two places of chains of thought, after every layer: by default the end
 * of the last minus the end of the first sentence that states the answer.
 *
 * The recipe of C. Wendler's note "GSM8K based steering vectors for Deepseek-R1-Distill-Llama-8B" (2025).
 *
 * @throws CircuitbookError when a place is not known, or the tokens are not those of the model.
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
 * const examples = contrastive.examples(reasoning.worked(problems, tokenizer), problems, tokenizer);
 * assertEquals((await contrastive.contrastOf(model, examples)).n, 4);
 * ```
 */
export async function contrastOf(
  model: Model,
  examples: readonly Example[],
  options: ContrastOptions = {},
): Promise<Contrast> {
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

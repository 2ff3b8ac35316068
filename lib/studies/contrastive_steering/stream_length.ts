import { checkArguments, is } from "../../base/arguments.ts";
import type { Watch } from "../../base/progress.ts";
import { meanNorm } from "../../base/vectors.ts";
import { pointAt } from "../../model/plan/hook_points.ts";
import type { Model } from "../../model/model.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { type Example, positionOf } from "./examples.ts";
import { anExample } from "./kinds.ts";

/**
 * Returns the length of the residual stream after a layer, at the ends of the last sentences that
 * state the answer: the mean over the chains. Doses of a steering vector are counted in this
 * length, so that doses can be compared between models.
 *
 * @param model the model that reads the chains.
 * @param examples the chains.
 * @param layer the layer, from 0.
 * @param watch how the work is watched and stopped.
 * @returns the mean Euclidean norm.
 * @throws CircuitbookError if the model lacks the layer, or if a token is not in its vocabulary.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, reasoning } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { tokenizer } = model;
 * const problems = reasoning.ofCountdown(countdown.problems({ n: 4, seed: 1 }), tokenizer);
 * const examples = contrastive.examples(
 *   reasoning.worked(problems, tokenizer),
 *   problems,
 *   tokenizer,
 * );
 * assert(await contrastive.streamLength(model, examples, 3) > 0);
 * ```
 */
export async function streamLength(
  model: Model,
  examples: readonly Example[],
  layer: number,
  watch: Watch = {},
): Promise<number> {
  checkArguments("streamLength", {
    model: [model, aModel],
    examples: [examples, is.listOf(anExample)],
    layer: [layer, is.number],
    watch: [watch, is.object],
  });

  const tap = pointAt.residPost(layer);
  const cache = await model.run(examples.map(({ tokens }) => tokens), {
    tap,
    positions: examples.map((example) => [positionOf(example, "last")]),
    ...watch,
  });
  return meanNorm(cache.get(tap));
}

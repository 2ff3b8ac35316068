import { checkArguments, is } from "../base/arguments.ts";
import { aCache, aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Jacobians } from "./jacobians.ts";
import { type LensTables, logitLens, type LogitLensOptions } from "./logit_lens.ts";

/**
 * Returns the Jacobian lens: the residual stream after every layer is carried to the last layer by
 * averaged Jacobians, then read by the final norm and the unembedding. With identity matrices, this
 * is {@link logitLens}.
 *
 * Gurnee et al., Verbalizable Representations Form a Global Workspace in Language Models
 * (Transformer Circuits Thread, 2026).
 *
 * @param model the model of the run and of the Jacobians.
 * @param cache a run with `hook_resid_post` of some layers tapped.
 * @param jacobians what {@link jacobian} returned for the model.
 * @param options how many tokens are returned, and which tokens besides.
 * @returns tables like those of {@link logitLens}.
 * @throws CircuitbookError if no residual stream was tapped, or the Jacobians are of another model.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const jacobians = await lens.jacobian(model, text, { maxTokens: 20 });
 * const cache = await model.run("11 + 5 =", { tap: "blocks.*.hook_resid_post", positions: [-1] });
 * const { top } = await lens.jacobianLens(model, cache, jacobians, { k: 5 });
 * assertEquals(top.height, 8 * 5);
 * ```
 */
export async function jacobianLens(
  model: Model,
  cache: Cache,
  jacobians: Jacobians,
  options: LogitLensOptions = {},
): Promise<LensTables> {
  checkArguments("jacobianLens", {
    model: [model, aModel],
    cache: [cache, aCache],
    jacobians: [jacobians, is.like("Jacobians", "matrices", "layers")],
    options: [options, is.object],
  });

  return await logitLens(model, await jacobians.carry(model, cache), options);
}

import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { anything, checkOptions, selection } from "../base/options.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import type { AffineEdit, When } from "../model/plan/edit.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link steer}: where, when and how strongly a vector is added. */
export interface SteerOptions {
  /** The layers after which the vector is added, such as `{ from: 4 }`. Default: all. */
  readonly layers?: Selection;
  /**
   * The length (L2 norm) of the vector that is added, in units of the residual stream. The given
   * vector is normalised first; a negative scale adds its opposite.
   */
  readonly scale: number;
  /** The positions at which the vector is added. Default: all. */
  readonly positions?: Selection;
  /** When the vector is added during generation, such as {@link everyNth}. Default: always. */
  readonly when?: When;
}

const steerSchema = z.strictObject({
  layers: selection.optional(),
  scale: anything,
  positions: selection.optional(),
  when: anything,
});

/**
 * Returns edits that add a vector to the residual stream after each of some layers.
 *
 * @param model the model that is steered.
 * @param vector [d_model], of any length; or a function that returns the vector for a layer.
 * @param options the length of what is added, and where and when it is added.
 * @returns one edit for each layer, at `hook_resid_post`.
 * @throws CircuitbookError if a vector does not have d_model numbers, is zero or is not finite, or
 * the scale is not finite.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const vector = new Float32Array(192).fill(1);
 * const when = steering.everyNth(model, " (", 3);
 * const edit = steering.steer(model, vector, { layers: { from: 4 }, scale: 5, when });
 * assertEquals(edit.map(({ at }) => at)[0], "blocks.4.hook_resid_post");
 * await model.generate("11 + 5 =", { edit, maxNewTokens: 4 });
 * ```
 */
export function steer(
  model: Model,
  vector: ArrayLike<number> | ((layer: number) => ArrayLike<number>),
  options: SteerOptions,
): AffineEdit[] {
  checkArguments("steer", {
    model: [model, aModel],
    vector: [vector, is.either(is.callable, is.numbers)],
  });
  checkOptions(options, steerSchema, "steer");
  const { layers = {}, scale, positions, when } = options;
  if (!Number.isFinite(scale)) {
    throw new CircuitbookError(`Expected a finite scale but found ${scale}.`);
  }
  const { architecture } = model;
  return resolveSelection(layers, architecture.layers, "layer").map((layer) => ({
    at: pointAt.residPost(layer),
    shift: scaledTo(
      typeof vector === "function" ? vector(layer) : vector,
      scale,
      architecture.dModel,
    ),
    ...positions === undefined ? {} : { positions },
    ...when === undefined ? {} : { when },
  }));
}

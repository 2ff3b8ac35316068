import { z } from "zod";
import type { Watch } from "../base/progress.ts";
import type { Input } from "../model/plan/batch.ts";
import type { EditTarget } from "../model/plan/edit.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type AblationKind, ablationKind } from "./ablate.ts";
import { sweepKinds } from "./sweep_kinds.ts";

/** How a sweep ablates, and how the model is judged. */
export interface SweepOptions extends Watch {
  /** The number by which each run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** What replaces the activations. Default `zero`. */
  readonly kind?: AblationKind;
  /** The prompts that `mean` and `resample` refer to. Default: the first 16 prompts of `input`. */
  readonly reference?: Input;
  /** The first position that is ablated, for each prompt. Default: 0. */
  readonly from?: readonly number[];
  /** How many runs are done together at most. The table does not depend on this number. */
  readonly batchSize?: number;
  /** The seed of the draws of `resample`. Default 0. */
  readonly seed?: number;
}

/** Which part of the activation at a hook point is ablated; what is not named is ablated whole. */
export type AblationTarget = Pick<EditTarget, "at" | "heads" | "neurons" | "positions" | "keys">;

/** A part of the model that a sweep ablates as one. */
export interface AblatedPart<Names extends object> {
  /** The columns that name this part in the table, such as `{ layer: 4 }`. */
  readonly names: Names;
  /** The activations that are ablated together. */
  readonly targets: readonly AblationTarget[];
}

/** What one ablation does to one prompt: the columns that every table of a sweep has. */
export interface AblationEffect {
  /** The number of the prompt, from 0. */
  row: number;
  /** The metric of the run without ablation. */
  baseline: number;
  /** The metric of the run with the ablation. */
  value: number;
  /** `value` minus `baseline`. */
  effect: number;
}

/** The schemas of {@link SweepOptions}. */
export const sweepShape = {
  ...watch,
  metric: metricOption,
  kind: ablationKind.optional(),
  from: z.array(wholeNumber, "to be a list of positions").optional(),
  batchSize: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  reference: anything,
};

/**
 * Ablates parts of a model in turn and returns what each ablation does to a metric of the last
 * logits.
 *
 * A run starts at the first ablated hook point, from the activations of one unedited run. Earlier
 * layers, and positions before the first ablated position, are not run again. Several parts are
 * rows of one batch.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param parts the parts that are ablated one after the other.
 * @param options the metric, and what replaces the activations.
 * @returns a row for each prompt and part, with the names of the part as columns.
 * @throws CircuitbookError if there are no parts, or a part does not exist in the model.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const parts = [5, 6, 7].map((layer) => ({
 *   names: { layer },
 *   targets: [{ at: `blocks.${layer}.hook_mlp_out`, positions: [-1] }],
 * }));
 * const table = await ablation.sweep(model, "11 + 5 = ", parts, {
 *   metric: (logits) => logits[0],
 *   kind: "zero",
 * });
 * assertEquals(table.columns, ["row", "layer", "baseline", "value", "effect"]);
 * ```
 */
export async function sweep<Names extends object>(
  model: Model,
  input: Input,
  parts: readonly AblatedPart<Names>[],
  options: SweepOptions,
): Promise<TableOf<AblationEffect & Names>> {
  checkArguments("sweep", {
    model: [model, aModel],
    parts: [parts, is.listOf(is.like("a part", "names", "targets"))],
  });
  checkOptions(options, z.strictObject(sweepShape), "sweep");
  const { kind = "zero", ...rest } = options;
  const [effects] = await sweepKinds(model, model.tokens(input), parts, { ...rest, kinds: [kind] });
  return tableOf(effects);
}

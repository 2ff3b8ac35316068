import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { checkOptions } from "../base/options.ts";
import type { Model } from "../model/model.ts";
import type { Input } from "../model/plan/batch.ts";
import { aModel } from "../model/plan/kinds.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import type { AblatedPart, AblationEffect } from "./ablated_part.ts";
import { sweepKinds } from "./sweep_kinds.ts";
import { type SweepOptions, sweepShape } from "./sweep_options.ts";

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

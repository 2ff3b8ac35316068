import { z } from "zod";
import type { Watch } from "../base/progress.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import { knockOut } from "../model/plan/edit.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch } from "../base/options.ts";
import { resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import type { AblationKind } from "./ablate.ts";
import type { AblatedPart, AblationTarget } from "./ablated_part.ts";
import { sweep } from "./sweep.ts";
import { sweepShape } from "./sweep_options.ts";

/** A set of heads: a list of [layer, head]. */
export type HeadSet = readonly (readonly [layer: number, head: number])[];

/**
 * The options of {@link silenceSets}: what replaces the heads' outputs, where, and how the model is
 * judged.
 */
export interface HeadSetOptions extends Watch {
  /** The number by which each run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** What replaces the outputs of the heads. Default `zero`. */
  readonly kind?: AblationKind;
  /**
   * The prompts that `mean` and `resample` refer to, or an unedited run of these prompts that has
   * tapped the heads. Default: the first 16 prompts of `input`.
   */
  readonly reference?: Input | Cache;
  /** The first position at which heads are silenced, for each prompt. Default: 0. */
  readonly from?: readonly number[];
  /** The seed of the draws of `resample`. Default 0. */
  readonly seed?: number;
}

/** The metric of one prompt without one set of heads: a row of the table of {@link silenceSets}. */
export interface SilencedSetMetric {
  /** The number of the set, from 0. */
  set: number;
  /** The number of the prompt, from 0. */
  row: number;
  /** The metric. */
  value: number;
}

/** The schemas of {@link HeadSetOptions}. */
export const headSetShape = {
  ...watch,
  metric: metricOption,
  kind: sweepShape.kind,
  reference: sweepShape.reference,
  from: sweepShape.from,
  seed: sweepShape.seed,
};

/**
 * Silences several sets of heads, one set after the other, and returns the metric of each prompt. A
 * silenced head writes nothing into the residual stream; with the kind `mean` or `resample`, its
 * output is replaced by the head's mean output, or by its output in another prompt.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param sets the sets of heads, each a list of [layer, head].
 * @param options the metric, what replaces the heads' outputs, and the first position at which
 * heads are silenced.
 * @returns a row for each prompt and set.
 * @throws CircuitbookError if a head does not exist.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const table = await ablation.silenceSets(model, ["11 + 5 =", "7 + 2 ="], [[[1, 3]], [[1, 3], [
 *   1,
 *   5,
 * ]]], { metric });
 * assertEquals(table.getColumn("set").toArray(), [0, 1, 0, 1]);
 * ```
 */
export async function silenceSets(
  model: Model,
  input: Input,
  sets: readonly HeadSet[],
  options: HeadSetOptions,
): Promise<TableOf<SilencedSetMetric>> {
  checkArguments("silenceSets", { model: [model, aModel], sets: [sets, is.lists] });
  checkOptions(options, z.strictObject(headSetShape), "silenceSets");
  const parts = partsOf(sets.map((heads) => resolvedHeads(heads, model)));
  const effects = rowsOf(await sweep(model, input, parts, options));
  return tableOf(effects.map(({ set, row, value }) => ({ set, row, value })));
}

/** Returns the parts of a model that a sweep over sets of heads ablates. */
export function partsOf(sets: readonly HeadSet[]): AblatedPart<{ set: number }>[] {
  return sets.map((heads, set) => ({ names: { set }, targets: targetsOf(heads) }));
}

/** Returns the outputs of a set of heads, by layer. */
export function targetsOf(heads: HeadSet): AblationTarget[] {
  return knockOut(heads).map(({ at, heads }) => ({ at, heads }));
}

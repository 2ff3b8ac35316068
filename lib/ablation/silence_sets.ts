import { z } from "zod";
import type { Watch } from "../base/progress.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import type { Input } from "../model/plan/batch.ts";
import { knockOut } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import { type AblationTarget, sweep } from "./sweep.ts";

/** A set of heads: a list of [layer, head]. */
export type HeadSet = readonly (readonly [layer: number, head: number])[];

/** The options of {@link silenceSets}: from which position on, and how the model is judged. */
export interface HeadSetOptions extends Watch {
  /** The number by which each run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** The first position at which heads are silenced, for each prompt. Default: 0. */
  readonly from?: readonly number[];
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
  from: z.array(wholeNumber, "to be a list of positions").optional(),
};

/**
 * Silences several sets of heads, one set after the other, and returns the metric of each prompt. A silenced
 * head writes nothing into the residual stream.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param sets the sets of heads, each a list of [layer, head].
 * @param options the metric, and the first position at which heads are silenced.
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
 * const table = await ablation.silenceSets(model, ["11 + 5 =", "7 + 2 ="], [[[1, 3]], [[1, 3], [1, 5]]], { metric });
 * assertEquals(table.getColumn("set").toArray(), [0, 1, 0, 1]);
 * ```
 */
export async function silenceSets(
  model: Model,
  input: Input,
  sets: readonly HeadSet[],
  options: HeadSetOptions,
): Promise<TableOf<SilencedSetMetric>> {
  checkOptions(options, z.strictObject(headSetShape), "silenceSets");
  const parts = sets.map((heads, set) => ({
    names: { set },
    targets: targetsOf(resolvedHeads(heads, model)),
  }));
  const effects = rowsOf(await sweep(model, input, parts, options));
  return tableOf(effects.map(({ set, row, value }) => ({ set, row, value })));
}

/** Returns the outputs of a set of heads, by layer. */
function targetsOf(heads: HeadSet): AblationTarget[] {
  return knockOut(heads).map(({ at, heads }) => ({ at, heads }));
}

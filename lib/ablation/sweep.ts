import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { intervene, interventionTaps, lastLogits, promptGroups } from "../model/interventions.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { AffineEdit, EditTarget } from "../model/plan/edit.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { ablated, type AblationKind, ablationKind } from "./ablate.ts";

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

/** How many prompts `mean` and `resample` refer to by default. */
const REFERENCE_PROMPTS = 16;

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
  const { kind = "zero", from, seed = 0, batchSize, signal, onProgress } = options;
  const rows = model.tokens(input);
  const metric = metricFunction(options.metric, rows, model.architecture);
  if (!parts.length) {
    throw new CircuitbookError(
      "Expected at least one part to ablate but found an empty list; give parts as { names, targets }.",
    );
  }
  checkFrom(from, rows.length);
  // The taps are sorted, so that sweeps over the same parts in another order reuse the graph.
  const points = [...new Set(parts.flatMap(({ targets }) => targets.map(({ at }) => at)))].sort();
  const tap = interventionTaps(model, points);
  const reference = await referenceRun(model, rows, points, options);
  const editsOf = (target: AblationTarget, row: number): AffineEdit[] => {
    const positions = target.positions ?? (from && { from: from[row] });
    const drawing = { kind, reference, rows: [rows[row]], seed: seed + row };
    // Resampling names row 0, the only row that it received. The run sets the row of the edit.
    return ablated([{ ...target, positions }], drawing).map(({ rows: _, ...edit }) => edit);
  };
  const records: (AblationEffect & Names)[][] = [];
  let done = 0;
  for (const { members, rows: prompts } of promptGroups(model, rows, tap)) {
    const before = done;
    done += tokensIn(prompts) / tokensIn(rows);
    const base = await model.run(prompts, { tap, logits: [-1], signal });
    const jobs = members.flatMap((member, row) =>
      parts.map(({ names, targets }) => ({
        row,
        names,
        edits: targets.flatMap((target) => editsOf(target, member)),
      }))
    );
    const values = await intervene(model, base, jobs, {
      metric: (logits, row) => metric(logits, members[row]),
      label: `${kind} ablation in ${members.length} of ${rows.length} prompts`,
      part: [before, done],
      batchSize,
      signal,
      onProgress,
    });
    members.forEach((member, row) => {
      const baseline = metric(lastLogits(base, row), member);
      const own = values.slice(row * parts.length, (row + 1) * parts.length);
      records[member] = effectsOn(member, baseline, own, parts);
    });
  }
  return tableOf(records.flat());
}

/**
 * Returns the rows of the table for one prompt, from the metric under the ablation of each part.
 */
function effectsOn<Names extends object>(
  row: number,
  baseline: number,
  values: readonly number[],
  parts: readonly AblatedPart<Names>[],
): (AblationEffect & Names)[] {
  return values.map((value, part) => {
    return { row, ...parts[part].names, baseline, value, effect: value - baseline };
  });
}

/**
 * Returns the run of the prompts that `mean` and `resample` refer to; undefined if the sweep sets
 * activations to zero.
 */
async function referenceRun(
  model: Model,
  rows: readonly (readonly number[])[],
  points: readonly string[],
  { kind = "zero", reference, signal }: SweepOptions,
): Promise<Cache | undefined> {
  const others = reference === undefined
    ? rows.slice(0, REFERENCE_PROMPTS)
    : model.tokens(reference);
  // A sweep of empty sets names no hook point, and needs no reference run.
  return kind === "zero" || !points.length
    ? undefined
    : await model.run(others, { tap: points, signal });
}

/** Returns the number of tokens in some rows. */
function tokensIn(rows: readonly (readonly number[])[]): number {
  return rows.reduce((sum, { length }) => sum + length, 0);
}

/** @throws CircuitbookError unless there is one first position for each prompt. */
function checkFrom(from: readonly number[] | undefined, prompts: number): void {
  if (!from || from.length === prompts) return;
  throw new CircuitbookError(
    `Expected a first position in "from" for each of ${prompts} prompts but found ${from.length}.`,
  );
}

import { CircuitbookError } from "../base/errors.ts";
import { intervene, interventionTaps, lastLogits, promptGroups } from "../model/interventions.ts";
import { Cache } from "../model/plan/cache.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Model } from "../model/model.ts";
import { ablated, type AblationKind } from "./ablate.ts";
import type { AblatedPart, AblationEffect, AblationTarget } from "./ablated_part.ts";
import type { SweepOptions } from "./sweep_options.ts";

/** How many prompts `mean` and `resample` refer to by default. */
const REFERENCE_PROMPTS = 16;

/** How a sweep with several kinds of ablation ablates, and how the model is judged. */
export interface KindsOptions extends Omit<SweepOptions, "kind"> {
  /** What replaces the activations. */
  readonly kinds: readonly AblationKind[];
}

/**
 * Ablates parts of a model in turn as `sweep` does, by several kinds of ablation that share one
 * unedited run of the prompts.
 *
 * @param model the model that is ablated.
 * @param rows the prompts: token ids.
 * @param parts the parts that are ablated one after the other.
 * @param options the metric, the kinds, and what replaces the activations.
 * @returns for each kind, the effects of all parts on the first prompt, then those on the second,
 * and so on.
 * @throws CircuitbookError if there are no parts, or a part does not exist in the model.
 */
export async function sweepKinds<Names extends object>(
  model: Model,
  rows: readonly (readonly number[])[],
  parts: readonly AblatedPart<Names>[],
  options: KindsOptions,
): Promise<(AblationEffect & Names)[][]> {
  const { kinds, from, seed = 0, batchSize, signal, onProgress } = options;
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
  const editsOf = (kind: AblationKind, target: AblationTarget, row: number): AffineEdit[] => {
    const positions = target.positions ?? (from && { from: from[row] });
    const drawing = { kind, reference, rows: [rows[row]], seed: seed + row };
    // Resampling names row 0, the only row that it received. The run sets the row of the edit.
    return ablated([{ ...target, positions }], drawing).map(({ rows: _, ...edit }) => edit);
  };
  const effects = kinds.map((): (AblationEffect & Names)[][] => []);
  const share = 1 / tokensIn(rows) / kinds.length;
  let done = 0;
  for (const { members, rows: prompts } of promptGroups(model, rows, tap)) {
    const base = await model.run(prompts, { tap, logits: [-1], signal });
    for (const [i, kind] of kinds.entries()) {
      const before = done;
      done += share * tokensIn(prompts);
      const jobs = members.flatMap((member, row) =>
        parts.map(({ targets }) => ({
          row,
          edits: targets.flatMap((target) => editsOf(kind, target, member)),
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
        effects[i][member] = effectsOn(member, baseline, own, parts);
      });
    }
  }
  return effects.map((ofKind) => ofKind.flat());
}

/** Returns the effects on one prompt, from the metric under the ablation of each part. */
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
 * Returns the run of the prompts that `mean` and `resample` refer to; undefined if activations are
 * only set to zero, or if there are no hook points.
 */
export async function referenceRun(
  model: Model,
  rows: readonly (readonly number[])[],
  points: readonly string[],
  { kinds, reference, signal }: Pick<KindsOptions, "kinds" | "reference" | "signal">,
): Promise<Cache | undefined> {
  // A sweep of empty sets names no hook point, and needs no reference run.
  if (!points.length || kinds.every((kind) => kind === "zero")) return undefined;
  if (reference instanceof Cache) return reference;
  const others = reference === undefined
    ? rows.slice(0, REFERENCE_PROMPTS)
    : model.tokens(reference);
  return await model.run(others, { tap: points, signal });
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

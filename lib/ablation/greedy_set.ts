import { mean } from "simple-statistics";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { type ProgressEvent, reportProgress } from "../base/progress.ts";
import type { Input } from "../model/plan/batch.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { headList, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { wilson } from "../stats/intervals.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type AblationKind, ablationKind } from "./ablate.ts";
import {
  type HeadSet,
  type HeadSetOptions,
  headSetShape,
  partsOf,
  targetsOf,
} from "./silence_sets.ts";
import { type KindsOptions, referenceRun, sweepKinds } from "./sweep_kinds.ts";

/** The options of {@link greedySet}: which heads may be chosen, and when the search ends. */
export interface GreedyOptions extends Omit<HeadSetOptions, "kind"> {
  /**
   * The number of sets that are kept after each step (a beam search): the sets with the lowest mean
   * metric. Default 1.
   */
  readonly width?: number;
  /**
   * The number of heads from which the steps after the first may choose: the heads that lower the
   * metric most when silenced alone. Default: all candidates.
   */
  readonly shortlist?: number;
  /**
   * The kinds of ablation. With several kinds, a set is ranked by the kind under which its metric
   * is highest, so that no head is chosen that lowers the metric under one kind only. Default
   * `["zero"]`.
   */
  readonly kinds?: readonly AblationKind[];
  /** The heads that may be chosen, as [layer, head]. */
  readonly candidates: HeadSet;
  /** The most heads that are chosen. */
  readonly size: number;
  /**
   * The search ends once the share of prompts with a metric above zero is at most this. Default 0.
   */
  readonly until?: number;
}

/**
 * One step of the greedy search: a row of the table of {@link greedySet}. With several kinds of
 * ablation, `mean` and `share` are each the largest value over the kinds.
 */
export interface GreedyStep {
  /** The number of heads that are silenced, from 0. */
  step: number;
  /** The layer of the head chosen in this step; -1 in step 0, in which no head is silenced. */
  layer: number;
  /** The head chosen in this step; -1 in step 0. */
  head: number;
  /** The mean of the metric over prompts. */
  mean: number;
  /** The share of prompts with a metric above zero. */
  share: number;
  /** The lower end of the Wilson interval of `share`. */
  low: number;
  /** The upper end of the interval of `share`. */
  high: number;
  /** The number of prompts. */
  n: number;
}

const { kind: _oneKind, ...silencingShape } = headSetShape;

const greedySchema = z.strictObject({
  ...silencingShape,
  candidates: headList,
  size: atLeastOne,
  until: z.number("to be a share").optional(),
  width: atLeastOne.optional(),
  shortlist: atLeastOne.optional(),
  kinds: z.array(ablationKind).nonempty("to name at least one kind").optional(),
});

/**
 * Searches greedily for a small set of heads without which a metric is no longer above zero, and
 * returns the steps. Each step silences one more head: the head that lowers the mean metric most.
 * With several kinds of ablation, each set is ranked by the kind under which its metric is highest.
 *
 * A greedy set need not be the smallest: heads that matter only together are missed. With `width`
 * above 1, each step keeps several sets. The table then has the steps of the set with the lowest
 * metric among those that meet `until`, or among all sets if none does.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param options the metric, the candidates, how sets are silenced, and when the search ends.
 * @returns a row for each step; no head is silenced in the first row.
 * @throws CircuitbookError if there are no candidates, a head does not exist, or the metric is NaN.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const candidates = [[1, 3], [1, 5], [4, 0]] as const;
 * const options = { candidates, size: 2, metric: (logits: Float32Array) => 100 + logits[0] };
 * const table = await ablation.greedySet(model, "11 + 5 =", options);
 * assertEquals(table.getColumn("step").toArray(), [0, 1, 2]);
 * ```
 */
export async function greedySet(
  model: Model,
  input: Input,
  options: GreedyOptions,
): Promise<TableOf<GreedyStep>> {
  checkArguments("greedySet", { model: [model, aModel] });
  checkOptions(options, greedySchema, "greedySet");
  const { size, until = 0, width = 1, kinds = ["zero"], signal } = options;
  const rows = model.tokens(input);
  let left = candidatesOf(model, options);
  const shortlist = options.shortlist ?? left.length;
  const meets = ({ steps }: Reached) => steps.at(-1)!.share <= until;
  // All steps share one run of the reference prompts.
  const points = targetsOf(left).map(({ at }) => at);
  const reference = await referenceRun(model, rows, points, {
    kinds,
    reference: options.reference,
    signal,
  });
  const silencing = { ...options, kinds, reference };
  const [unedited] = await metricsOf(model, rows, [[]], silencing, 0);
  let reached = [extended({ heads: [], steps: [] }, undefined, unedited)];
  for (let step = 1; step <= size && !reached.some(meets); step++) {
    const tried = extensions(reached, left);
    if (!tried.length) break;
    const sets = tried.map(({ before, head }) => [...before.heads, head]);
    const values = await metricsOf(model, rows, sets, silencing, step);
    const found = tried.map(({ before, head }, i) => extended(before, head, values[i]));
    found.sort((a, b) => a.steps.at(-1)!.mean - b.steps.at(-1)!.mean);
    if (step === 1) left = found.slice(0, shortlist).map(({ heads }) => heads[0]);
    reached = found.slice(0, width);
  }
  return tableOf([...(reached.find(meets) ?? reached[0]).steps]);
}

/**
 * Returns the heads that may be chosen. Each head is tried once: [1, -1] and [1, 5] may be one
 * head.
 *
 * @throws CircuitbookError if there are no candidates.
 */
function candidatesOf(model: Model, { candidates }: GreedyOptions): HeadSet {
  const heads = resolvedHeads(candidates, model);
  if (!heads.length) {
    throw new CircuitbookError(
      'Expected at least one head in "candidates" of greedySet but found an empty list; give heads as [layer, head].',
    );
  }
  return [...new Map(heads.map((head) => [String(head), head])).values()];
}

/**
 * Returns the metric of each prompt without the heads of each set, [set, kind, prompt].
 *
 * @param step the step of the search that tries the sets, for the note beside the progress.
 * @throws CircuitbookError if a metric is NaN.
 */
async function metricsOf(
  model: Model,
  rows: readonly (readonly number[])[],
  sets: readonly HeadSet[],
  { metric, kinds, reference, from, seed, signal, onProgress, size }:
    & KindsOptions
    & Pick<GreedyOptions, "size">,
  step: number,
): Promise<number[][][]> {
  const note = `step ${step} of ${size}`;
  const watching = {
    signal,
    onProgress: (event: ProgressEvent | undefined) =>
      reportProgress(event && { ...event, note }, onProgress),
  };
  const silencing = { metric, kinds, reference, from, seed, ...watching };
  const byKind = await sweepKinds(model, rows, partsOf(sets), silencing);
  const bad = byKind.flat().find(({ value }) => isNaN(value));
  if (bad) {
    throw new CircuitbookError(
      `Expected numbers from the metric but found NaN for prompt ${bad.row}.`,
    );
  }
  return sets.map((_, set) =>
    byKind.map((found) => found.filter((row) => row.set === set).map(({ value }) => value))
  );
}

/** A set that the search has reached, and the steps that led to it. */
interface Reached {
  readonly heads: HeadSet;
  readonly steps: readonly GreedyStep[];
}

/**
 * Returns a set with one more head (without `head`: the empty set), and the steps that led to the
 * set.
 *
 * @param byKind the metric of each prompt, [kind, prompt].
 */
function extended(
  before: Reached,
  head: HeadSet[number] | undefined,
  byKind: readonly (readonly number[])[],
): Reached {
  const [layer, number] = head ?? [-1, -1];
  const above = Math.max(...byKind.map((values) => values.filter((value) => value > 0).length));
  const { value: share, ...range } = wilson(above, byKind[0].length);
  const step = {
    step: before.steps.length,
    layer,
    head: number,
    mean: Math.max(...byKind.map((values) => mean([...values]))),
    share,
    ...range,
  };
  return { heads: head ? [...before.heads, head] : [], steps: [...before.steps, step] };
}

/**
 * Returns each set with each head that it lacks; sets of the same heads in another order count
 * once.
 */
function extensions(
  sets: readonly Reached[],
  candidates: HeadSet,
): { before: Reached; head: HeadSet[number] }[] {
  const byHeads = new Map<string, { before: Reached; head: HeadSet[number] }>();
  for (const before of sets) {
    const taken = new Set(before.heads.map(String));
    for (const head of candidates) {
      if (taken.has(String(head))) continue;
      const key = [...taken, String(head)].sort().join(" ");
      if (!byHeads.has(key)) byHeads.set(key, { before, head });
    }
  }
  return [...byHeads.values()];
}

import { mean } from "simple-statistics";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { headList, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { wilson } from "../stats/intervals.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import { type HeadSet, type HeadSetOptions, headSetShape, silenceSets } from "./silence_sets.ts";

/** The options of {@link greedySet}: which heads may be chosen, and when the search ends. */
export interface GreedyOptions extends HeadSetOptions {
  /** The heads that may be chosen, as [layer, head]. */
  readonly candidates: HeadSet;
  /** How many heads are chosen at most. */
  readonly size: number;
  /** The search ends once the share of prompts with a metric above zero is at most this. Default 0. */
  readonly until?: number;
}

/** One step of the greedy search: a row of the table of {@link greedySet}. */
export interface GreedyStep {
  /** The number of heads that are silenced, from 0. */
  step: number;
  /** The layer of the head that this step chose; -1 in step 0, which silences nothing. */
  layer: number;
  /** The head that this step chose; -1 in step 0. */
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

/**
 * Searches greedily for a small set of heads without which a metric is no longer above zero, and returns
 * the steps. Each step silences one more head: the head that lowers the mean metric most.
 *
 * A greedy set need not be the smallest: heads that matter only together are missed.
 *
 * @param model the model that is ablated.
 * @param input the prompts: texts or token ids.
 * @param options the metric, the candidates, and when the search ends.
 * @returns a row for each step; the first silences nothing.
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
  const own = {
    candidates: headList,
    size: atLeastOne,
    until: z.number("to be a share").optional(),
  };
  checkOptions(options, z.strictObject({ ...headSetShape, ...own }), "greedySet");
  const { size, until = 0 } = options;
  const rows = model.tokens(input);
  // Each candidate once: [1, -1] and [1, 5] may be one head.
  const candidates = [
    ...new Map(resolvedHeads(options.candidates, model).map((head) => [String(head), head]))
      .values(),
  ];
  if (!candidates.length) {
    throw new CircuitbookError("Expected at least one candidate but found none.");
  }
  const { metric, from, signal, onProgress } = options;
  const metrics = async (sets: readonly HeadSet[]) => {
    const found = rowsOf(
      await silenceSets(model, rows, sets, { metric, from, signal, onProgress }),
    );
    const bad = found.find(({ value }) => isNaN(value));
    if (bad) {
      throw new CircuitbookError(
        `Expected numbers from the metric but found NaN for prompt ${bad.row}.`,
      );
    }
    return sets.map((_, set) => found.filter((row) => row.set === set).map(({ value }) => value));
  };
  const chosen: [layer: number, head: number][] = [];
  const records: GreedyStep[] = [];
  // Notes a step, and says whether another one follows.
  const record = (values: readonly number[]): boolean => {
    const [layer, head] = chosen.at(-1) ?? [-1, -1];
    const { value: share, ...range } = wilson(values.filter((v) => v > 0).length, values.length);
    records.push({ step: chosen.length, layer, head, mean: mean(values), share, ...range });
    return share > until && chosen.length < Math.min(size, candidates.length);
  };
  let going = record((await metrics([[]])).flat());
  while (going) {
    const left = candidates.filter(([layer, head]) =>
      !chosen.some(([l, h]) => l === layer && h === head)
    );
    const byCandidate = await metrics(left.map((head) => [...chosen, head]));
    const best = byCandidate.reduce(
      (best, own, i) => mean(own) < mean(byCandidate[best]) ? i : best,
      0,
    );
    chosen.push(left[best]);
    going = record(byCandidate[best]);
  }
  return tableOf(records);
}

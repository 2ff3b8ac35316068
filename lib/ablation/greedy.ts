import pl from "nodejs-polars";
import { mean } from "simple-statistics";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import type { Input } from "../model/plan/batch.ts";
import { knockOut } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { headList, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { wilson } from "../stats/intervals.ts";
import { numberRows } from "../table/rows.ts";
import { sweep } from "./sweep.ts";

/** A set of heads, as pairs of layer and head. */
export type HeadSet = readonly (readonly [layer: number, head: number])[];

/** How sets of heads are silenced and judged. */
export interface HeadSetOptions extends Watch {
  readonly metric: Metric;
  /** The first position that is silenced, for each prompt: by default the first of all. */
  readonly from?: readonly number[];
}

/** What a greedy search may choose from. */
export interface GreedyOptions extends HeadSetOptions {
  readonly candidates: HeadSet;
  /** Heads to choose, at most. */
  readonly size: number;
  /** Ends the search once the share of prompts with a metric above zero is not greater than this. Default 0. */
  readonly until?: number;
}

const setShape = {
  ...watch,
  metric: metricOption,
  from: z.array(wholeNumber, "to be a list of positions").optional(),
};

/**
 * Silences several sets of heads in turn and returns the metric of each prompt, as a table: `set` (its number), `row`, `value`.
 *
 * @throws CircuitbookError when a head does not exist.
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
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(setShape), "silenceSets");
  const parts = sets.map((heads, set) => ({
    names: { set },
    targets: targetsOf(resolvedHeads(heads, model)),
  }));
  return (await sweep(model, input, parts, options)).select("set", "row", "value");
}

/**
 * A greedy search for the smallest set of heads without which a metric is no longer above zero: each step silences, beside those
 * chosen before, the head that lowers the mean metric most. Returns a table: `step`, `layer`, `head` (the one chosen), `mean` (of
 * the metric), and `share` (of prompts with a metric above zero) with its Wilson interval `low`, `high` and `n`; step 0 silences
 * nothing, and has layer and head -1.
 *
 * A greedy set need not be the smallest: heads that only matter together are missed.
 *
 * @throws CircuitbookError when there are no candidates, a head does not exist, or the metric is NaN.
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
): Promise<pl.DataFrame> {
  const own = {
    candidates: headList,
    size: atLeastOne,
    until: z.number("to be a share").optional(),
  };
  checkOptions(options, z.strictObject({ ...setShape, ...own }), "greedySet");
  const { size, until = 0 } = options;
  const rows = model.tokens(input);
  const candidates = [
    ...new Map(resolvedHeads(options.candidates, model).map((head) => [String(head), head]))
      .values(),
  ];
  if (!candidates.length) {
    throw new CircuitbookError("Expected at least one candidate but found none.");
  }
  const { metric, from, signal, onProgress } = options;
  const metrics = async (sets: readonly HeadSet[]) => {
    const found = numberRows(
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
  const records: Record<string, number>[] = [];
  const record = (values: readonly number[]) => {
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
  return pl.DataFrame(records);
}

/** What a set of heads writes, by layer. */
function targetsOf(heads: HeadSet) {
  return knockOut(heads).map(({ at, heads }) => ({ at, heads }));
}

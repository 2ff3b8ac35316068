import type { Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import { promptGroups } from "../../model/interventions.ts";
import type { Cache } from "../../model/plan/cache.ts";
import type { HookPoint } from "../../model/plan/hook_points.ts";
import type { MetricData } from "../../model/plan/metric.ts";
import { metricOfRows, rowMetric } from "../../model/plan/row_metric.ts";
import type { Model } from "../../model/model.ts";
import { anything, watch } from "../../base/options.ts";
import { pairedRows, type PromptPairs } from "../../model/prompt_pairs.ts";

/** How patches are estimated. */
export interface EstimateOptions extends Watch {
  /** What is differentiated; tokens are one for all pairs, or a list with one for each. */
  readonly metric: MetricData;
}

/** The options of every kind of attribution patching. */
export const estimateShape = { ...watch, metric: anything };

/** What patching the activations of one pair is estimated to do. */
export interface PairEstimates {
  readonly row: number;
  /** The metric of either run. */
  readonly corrupted: number;
  readonly clean: number;
  /** The estimate for each number of an activation: the axes of the hook point, without the batch. */
  at(point: string): Tensor;
}

/**
 * What is measured of each pair's estimates, in their order: (clean − corrupted activation) × the gradient of the metric in the
 * corrupted run, to first order what the metric gains where the clean activation is put into the corrupted run. Some pairs are held
 * at a time.
 *
 * @throws CircuitbookError for prompts that are no pairs, and a metric that does not fit them.
 */
export async function measuredPairs<Result>(
  model: Model,
  pairs: PromptPairs,
  points: readonly HookPoint[],
  { metric, ...rest }: EstimateOptions,
  measure: (pair: PairEstimates) => Result,
): Promise<Result[]> {
  const { clean, corrupted } = pairedRows(model, pairs);
  const tap = points.map(({ name }) => name);
  const found: Result[] = [];
  const { architecture } = model;
  rowMetric(metric, corrupted, architecture);
  for (const { members, rows } of promptGroups(model, clean, tap)) {
    const own = metricOfRows(metric, members, clean.length, architecture);
    const base = await model.gradients(members.map((member) => corrupted[member]), own, {
      at: tap,
      tap,
      ...rest,
    });
    // The reverse pass ends at the last point: it is there for the metric.
    const other = await model.gradients(rows, own, { at: tap.at(-1)!, tap, ...rest });
    members.forEach((member, row) => {
      const [clean, corrupted, slopes] = [other.cache, base.cache, base.gradients];
      found[member] = measure({
        row: member,
        corrupted: base.values[row],
        clean: other.values[row],
        at: (point) =>
          product(
            rowOf(clean, point, row),
            rowOf(corrupted, point, row),
            rowOf(slopes, point, row),
          ),
      });
    });
  }
  return found;
}

/** An activation of one row, without its padding. */
function rowOf(cache: Cache, point: string, row: number): Tensor {
  const tensor = cache.get(point);
  const own = { from: cache.pads[row] };
  return tensor.slice({
    batch: row,
    ...tensor.axes.includes("query") ? { query: own, key: own } : { position: own },
  });
}

/** (clean − corrupted) × slope. Masked scores, -Infinity in both, are no change. */
function product(clean: Tensor, { data: corrupted }: Tensor, { data: slope }: Tensor): Tensor {
  const changes = clean.data.map((value, i) =>
    value === corrupted[i] ? 0 : (value - corrupted[i]) * slope[i]
  );
  return new Tensor(changes, clean.sizes);
}

/** The sums of a tensor for each index of one of its axes. */
export function sumsAlong({ data, shape, axes }: Tensor, axis: string): Float64Array {
  const at = axes.indexOf(axis);
  const count = shape[at];
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const sums = new Float64Array(count);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / inner) % count] += data[i];
  return sums;
}

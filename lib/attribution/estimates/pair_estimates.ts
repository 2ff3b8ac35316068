import type { Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import { promptGroups } from "../../model/interventions.ts";
import type { HookPoint } from "../../model/plan/hook_points.ts";
import type { MetricData } from "../../model/plan/metric.ts";
import { metricOfRows, rowMetric } from "../../model/plan/row_metric.ts";
import type { Model } from "../../model/model.ts";
import { anything, watch } from "../../base/options.ts";
import { pairedRows, type PromptPairs } from "../../model/prompt_pairs.ts";
import { product } from "../../base/lists.ts";
import { rowOf } from "../../model/plan/row_of.ts";

/** How the effect of patches is estimated. */
export interface EstimateOptions extends Watch {
  /**
   * The metric that is differentiated. Its tokens are one for all pairs, or a list with one for
   * each.
   */
  readonly metric: MetricData;
}

/** The schemas of {@link EstimateOptions}. */
export const estimateShape = { ...watch, metric: anything };

/** What patching the activations of one pair is estimated to do to the metric. */
export interface PairEstimates {
  /** The number of the pair, from 0. */
  readonly row: number;
  /** The metric of the corrupted run. */
  readonly corrupted: number;
  /** The metric of the clean run. */
  readonly clean: number;
  /**
   * Returns an estimate for each number of an activation, with the axes of the hook point without
   * batch.
   */
  at(point: string): Tensor;
}

/**
 * Returns what `measure` reads from the estimates of each pair, in the order of the pairs.
 *
 * An estimate is (clean − corrupted activation) × the gradient of the metric in the corrupted run.
 * To first order, this is what the metric gains if the clean activation is put into the corrupted
 * run. The activations of a few pairs are in memory at a time.
 *
 * @throws CircuitbookError if the prompts are not pairs of equal length, or the metric does not fit
 * them.
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
    // Only the metric and the taps of this run are read; the shortest reverse pass ends at the last
    // point.
    const other = await model.gradients(rows, own, { at: tap.at(-1)!, tap, ...rest });
    members.forEach((member, row) => {
      const [clean, corrupted, slopes] = [other.cache, base.cache, base.gradients];
      found[member] = measure({
        row: member,
        corrupted: base.values[row],
        clean: other.values[row],
        at: (point) =>
          estimate(
            rowOf(clean, point, row),
            rowOf(corrupted, point, row),
            rowOf(slopes, point, row),
          ),
      });
    });
  }
  return found;
}

/**
 * Returns (clean − corrupted) × slope. Masked scores, -Infinity in both runs, count as no change.
 */
function estimate(clean: Tensor, { data: corrupted }: Tensor, { data: slope }: Tensor): Tensor {
  const changes = clean.data.map((value, i) =>
    // -Infinity less -Infinity would be NaN.
    value === corrupted[i] ? 0 : (value - corrupted[i]) * slope[i]
  );
  return new Tensor(changes, clean.sizes);
}

/** Returns the sum of a tensor over all other axes, for each index of one axis. */
export function sumsAlong({ data, shape, axes }: Tensor, axis: string): Float64Array {
  const at = axes.indexOf(axis);
  const count = shape[at];
  const inner = product(shape.slice(at + 1));
  const sums = new Float64Array(count);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / inner) % count] += data[i];
  return sums;
}

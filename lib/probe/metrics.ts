import pl from "nodejs-polars";
import type { Tensor } from "../base/tensor.ts";
import { wilson } from "../stats/intervals.ts";
import { auc } from "../stats/ranks.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { meanOf } from "../base/mean.ts";

/** How well the probe of one layer tells the classes of some examples apart. */
export interface ProbeMetrics {
  /** The layer of the probe, from 0. */
  layer: number;
  /** The share of examples whose most probable class is their own. */
  accuracy: number;
  /** The lower end of the 95 % Wilson interval of `accuracy`. */
  low: number;
  /** The upper end of the interval of `accuracy`. */
  high: number;
  /**
   * The area under the ROC curve; with more than two classes, the mean over classes of the area of
   * each class against the others. Null if a class has no example.
   */
  auc: number | null;
  /** The mean of −log p of the true class, in nats. */
  loss: number;
  /** The number of examples. */
  n: number;
  /** The accuracy of always predicting the class that was most frequent in training. */
  baseline: number;
}

/**
 * The probability at which −log p is cut off, so that one certain mistake leaves the mean loss
 * finite.
 */
const SMALLEST_PROBABILITY = 1e-12;

/**
 * Returns the metrics of the probabilities [example, class] that a probe gives to some examples.
 *
 * @param layer the layer of the probe.
 * @param probabilities [example, class].
 * @param labels the index of the class of each example.
 * @param majority the index of the class that was most frequent in training.
 */
export function probeMetrics(
  layer: number,
  probabilities: Tensor,
  labels: Int32Array,
  majority: number,
): ProbeMetrics {
  const { data, shape: [n, count] } = probabilities;
  let right = 0;
  let common = 0;
  let loss = 0;
  labels.forEach((label, example) => {
    const own = data.subarray(example * count, (example + 1) * count);
    if (own.indexOf(Math.max(...own)) === label) right++;
    if (label === majority) common++;
    loss -= Math.log(Math.max(SMALLEST_PROBABILITY, own[label])) / n;
  });
  const { value, low, high } = wilson(right, n);
  return {
    layer,
    accuracy: value,
    low,
    high,
    auc: meanAuc(probabilities, labels),
    loss,
    n,
    baseline: common / n,
  };
}

/** Returns metrics as a table. The column types are given, since `auc` may be null in all rows. */
export function metricsTable(rows: readonly ProbeMetrics[]): TableOf<ProbeMetrics> {
  return tableOf(rows, {
    layer: pl.Int32,
    accuracy: pl.Float64,
    low: pl.Float64,
    high: pl.Float64,
    auc: pl.Float64,
    loss: pl.Float64,
    n: pl.Int32,
    baseline: pl.Float64,
  });
}

function meanAuc({ data, shape: [n, count] }: Tensor, labels: Int32Array): number | null {
  const present = new Set(labels);
  if (present.size < count) return null;
  // With two classes, both areas are equal.
  const classes = count === 2 ? [1] : Array.from({ length: count }, (_, c) => c);
  const areas = classes.map((c) =>
    auc(
      Array.from({ length: n }, (_, example) => data[example * count + c]),
      Array.from(labels, (label) => label === c),
    )
  );
  return meanOf(areas);
}

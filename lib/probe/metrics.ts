import { wilson } from "../stats/intervals.ts";
import { auc } from "../stats/ranks.ts";
import type { Tensor } from "../base/tensor.ts";

/** How well a probe tells the classes of some examples apart. */
export interface Metrics {
  layer: number;
  /** Share of examples whose most probable class is theirs, and its 95 % Wilson interval. */
  accuracy: number;
  low: number;
  high: number;
  /** Area under the ROC curve; over more than two classes the mean of each against the rest. Null where a class is missing. */
  auc: number | null;
  /** Mean of −log p of the right class, in nats. */
  loss: number;
  n: number;
  /** The accuracy of always saying the class that was most frequent in training. */
  baseline: number;
}

const SMALLEST_PROBABILITY = 1e-12;

/** The metrics of probabilities [example, class] against the index of each example's class. */
export function metrics(
  layer: number,
  probabilities: Tensor,
  labels: Int32Array,
  majority: number,
): Metrics {
  const { data, shape: [n, count] } = probabilities;
  let right = 0;
  let common = 0;
  let loss = 0;
  labels.forEach((label, row) => {
    const own = data.subarray(row * count, (row + 1) * count);
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

function meanAuc({ data, shape: [n, count] }: Tensor, labels: Int32Array): number | null {
  const present = new Set(labels);
  if (present.size < count) return null;
  const classes = count === 2 ? [1] : Array.from({ length: count }, (_, c) => c);
  const areas = classes.map((c) =>
    auc(
      Array.from({ length: n }, (_, row) => data[row * count + c]),
      Array.from(labels, (label) => label === c),
    )
  );
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

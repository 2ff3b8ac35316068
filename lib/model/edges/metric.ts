import { CircuitbookError } from "../../base/errors.ts";
import type { Architecture } from "../plan/architecture.ts";
import { type GradientMetric, type RowMetric, rowMetric } from "../plan/metric.ts";
import type { TokenPairs } from "./pairs.ts";

/** A metric for each pair. @throws CircuitbookError unless it is of the last position's logits. */
export function lastTokenMetric(
  metric: GradientMetric,
  { clean }: TokenPairs,
  architecture: Architecture,
): RowMetric {
  const scalar = rowMetric(metric, clean, architecture);
  const isLast = scalar.positions.every(([first, ...others], row) => {
    return first === clean[row].length - 1 && !others.length;
  });
  if (scalar.kind !== "score" && isLast) return scalar;
  throw new CircuitbookError(
    "Expected a metric of the last position's logits but found another; edges are scored by logitDifference or logProbability.",
  );
}

import { logSumExp } from "../../base/log_sum_exp.ts";
import type { Architecture } from "./architecture.ts";
import type { Metric, MetricFunction } from "./metric.ts";
import { lastRowMetric } from "./row_metric.ts";

/**
 * Returns a metric as a function of the last logits of a row.
 *
 * @param rows the token rows that the metric judges.
 * @throws CircuitbookError for data that does not fit the rows, or reads more than the logits of
 * the last position.
 */
export function metricFunction(
  metric: Metric,
  rows: readonly (readonly number[])[],
  architecture: Architecture,
): MetricFunction {
  if (typeof metric === "function") return metric;
  const { kind, tokens, weights } = lastRowMetric(metric, rows, architecture);
  return (logits, row) => {
    const [ids] = tokens![row];
    const [counts] = weights[row];
    const total = kind === "log probabilities" ? logSumExp(logits) : 0;
    return ids.reduce((sum, id, item) => sum + counts[item] * (logits[id] - total), 0);
  };
}

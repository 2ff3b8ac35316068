import type { GradientMetric, TokenChoice } from "../model/metric.ts";
import { isPerRow } from "../model/tap.ts";

/** A metric of all rows as one of some of them: what is a list with an item for each row becomes a list for these. */
export function metricOfRows(metric: GradientMetric, rows: readonly number[]): GradientMetric {
  const chosen = (tokens: TokenChoice) => Array.isArray(tokens) ? rows.map((row) => tokens[row]) : tokens;
  if ("logitDifference" in metric) {
    const [right, wrong] = metric.logitDifference;
    return { ...metric, logitDifference: [chosen(right), chosen(wrong)] };
  }
  if ("logProbability" in metric) return { ...metric, logProbability: chosen(metric.logProbability) };
  if (!("score" in metric) || !isPerRow(metric.positions)) return metric;
  const { positions } = metric;
  return { ...metric, positions: rows.map((row) => positions[row]) };
}

import { checkTokenIds } from "./token_ids.ts";
import { METRIC_NAMES } from "./graph_names.ts";
import type { Feeds } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { firstNotFinite, Tensor } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import { type HookPoint, hookPoints, isAttentionGrid, matchPoints } from "./hook_points.ts";
import { checkMetricData, type MetricData, type ScoreMetric, type TokenChoice } from "./metric.ts";
import type { MetricKind } from "./plan.ts";
import { isPerRow, positionsByRow } from "./positions.ts";
import type { RoleTap } from "./tap.ts";
import { product } from "../../base/lists.ts";

/**
 * A metric as a graph reads it: the items of each row at each of its positions, and their weights.
 */
export interface RowMetric {
  /** The kind of the items: logits, log-probabilities or scores. */
  readonly kind: MetricKind;
  /** The hook point whose activation is read. */
  readonly at: string;
  /** The positions that are read, [row][position]. */
  readonly positions: readonly (readonly number[])[];
  /** The token of each item, [row][position][item]; absent if an activation is scored. */
  readonly tokens?: readonly (readonly (readonly number[])[])[];
  /** The weight of each item, [row][position][item]; or the direction, [row][position][feature]. */
  readonly weights: readonly (readonly ArrayLike<number>[])[];
}

/**
 * Returns the metric of each row, checked against the rows.
 *
 * @throws CircuitbookError if the metric is not data of a known kind, if a token or position does
 * not exist, or if a direction has the wrong size.
 */
export function rowMetric(
  metric: MetricData,
  rows: readonly (readonly number[])[],
  architecture: Architecture,
): RowMetric {
  checkMetricData(metric);
  if ("score" in metric) return scored(metric, rows, architecture);
  if ("loss" in metric) return nextTokenLoss(rows);
  const [choices, weights] = "logitDifference" in metric
    ? [metric.logitDifference, [1, -1]]
    : [[metric.logProbability], [1]];
  const tokens = choices.map((choice) => chosenTokens(choice, rows.length, architecture));
  return {
    kind: "logitDifference" in metric ? "logits" : "log probabilities",
    at: "logits",
    positions: positionsByRow(metric.position ?? -1, rows, " in the metric"),
    tokens: rows.map((_, row) => [tokens.map((list) => list[row])]),
    weights: rows.map(() => [weights]),
  };
}

/**
 * Returns the metric of each row. The metric may read the logits of the last position only.
 *
 * @throws CircuitbookError as {@link rowMetric} does, and for a metric of other positions or of an
 * activation.
 */
export function lastRowMetric(
  metric: MetricData,
  rows: readonly (readonly number[])[],
  architecture: Architecture,
): RowMetric {
  const found = rowMetric(metric, rows, architecture);
  const isLast = found.positions.every(([first, ...others], row) =>
    first === rows[row].length - 1 && !others.length
  );
  if (found.kind !== "score" && isLast) return found;
  throw new CircuitbookError(
    `Expected a metric of the last position's logits, such as { logitDifference: [a, b] }, but found ${
      shown(metric)
    }.`,
  );
}

/**
 * Returns a metric for chosen rows. Lists with an entry for each row are replaced by lists for the
 * chosen rows.
 *
 * @param metric a metric of `count` rows.
 * @param rows the chosen rows, in any order, possibly repeated.
 * @param count the number of rows of the metric.
 */
export function metricOfRows(
  metric: MetricData,
  rows: readonly number[],
  count: number,
  architecture: Architecture,
): MetricData {
  const chosen = (tokens: TokenChoice) =>
    typeof tokens === "number" ? tokens : rows.map((row) => tokens[row]);
  if ("logitDifference" in metric) {
    const [right, wrong] = metric.logitDifference;
    return { ...metric, logitDifference: [chosen(right), chosen(wrong)] };
  }
  if ("logProbability" in metric) {
    return { ...metric, logProbability: chosen(metric.logProbability) };
  }
  if (!("score" in metric)) return metric;
  const { score, at, positions } = metric;
  const features = featuresOf(matchPoints(at, hookPoints(architecture))[0]);
  return {
    ...metric,
    positions: isPerRow(positions) ? rows.map((row) => positions[row]) : positions,
    score: isByRow(score, count, features) ? score.slice({ [score.axes[0]]: rows }) : score,
  };
}

/** Returns the tap that a metric reads. */
export function metricTap({ at, positions }: RowMetric): RoleTap {
  return { at, positions, role: "metric" };
}

/**
 * Returns the value of a metric for each row.
 *
 * @param items the items of all rows, as the graph returned them.
 */
export function metricValues({ weights, kind }: RowMetric, items: ArrayLike<number>): number[] {
  let at = 0;
  return weights.map((row) => {
    let sum = 0;
    for (const counts of row) {
      if (kind === "score") sum += items[at++];
      else for (let i = 0; i < counts.length; i++) sum += counts[i] * items[at++];
    }
    return sum;
  });
}

/** Returns the graph inputs of a metric for neighbouring rows. */
export function metricFeeds(
  { tokens, weights, kind }: RowMetric,
  first: number,
  count: number,
): Feeds {
  const part = weights.slice(first, first + count).flat();
  const width = part[0].length;
  const numbers = new Float32Array(part.length * width);
  part.forEach((counts, i) => numbers.set(counts, i * width));
  const feeds = { [METRIC_NAMES.weights]: { data: numbers, dims: [part.length, width] } };
  if (kind === "score") return feeds;
  const ids = BigInt64Array.from(tokens!.slice(first, first + count).flat(2), BigInt);
  return { ...feeds, [METRIC_NAMES.tokens]: { data: ids, dims: [part.length, width] } };
}

function nextTokenLoss(rows: readonly (readonly number[])[]): RowMetric {
  const short = rows.findIndex(({ length }) => length < 2);
  if (short >= 0) {
    throw new CircuitbookError(
      `Expected at least two tokens in row ${short}, because the loss is of next tokens, but found 1.`,
    );
  }
  return {
    kind: "log probabilities",
    at: "logits",
    positions: rows.map(({ length }) => Array.from({ length: length - 1 }, (_, t) => t)),
    tokens: rows.map((row) => row.slice(1).map((token) => [token])),
    weights: rows.map(({ length }) =>
      Array.from({ length: length - 1 }, () => [-1 / (length - 1)])
    ),
  };
}

function scored(
  { score, at, positions = -1 }: ScoreMetric,
  rows: readonly (readonly number[])[],
  architecture: Architecture,
): RowMetric {
  const [point] = matchPoints(at, hookPoints(architecture));
  const features = featuresOf(point);
  const numbers = score instanceof Tensor ? score.data : score;
  const byRow = isByRow(score, rows.length, features);
  if (point.name !== at || isAttentionGrid(point) || !byRow && numbers.length !== features) {
    throw new CircuitbookError(
      `Expected a direction of ${features} numbers, as "${point.name}" has, but found ${numbers.length} at "${at}".`,
    );
  }
  const bad = firstNotFinite(numbers);
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite numbers as a direction but found ${numbers[bad]} at ${bad}.`,
    );
  }
  const directions = rows.map((_, row) =>
    byRow ? numbers.slice(row * features, (row + 1) * features) : numbers
  );
  const chosen = positionsByRow(positions, rows, " in the metric");
  const empty = chosen.findIndex((list) => !list.length);
  if (empty >= 0) {
    throw new CircuitbookError(
      `Expected at least one position of row ${empty} in the metric but found none; name positions of every row.`,
    );
  }
  return {
    kind: "score",
    at,
    positions: chosen,
    weights: chosen.map((list, row) => list.map(() => directions[row])),
  };
}

function featuresOf({ sizes }: HookPoint): number {
  return product(Object.values(sizes));
}

/** Returns whether there is a direction for each row rather than one for all rows. */
function isByRow(
  score: Tensor | readonly number[],
  rows: number,
  features: number,
): score is Tensor {
  return score instanceof Tensor && score.shape[0] === rows &&
    score.data.length === rows * features;
}

function chosenTokens(
  choice: TokenChoice,
  count: number,
  { vocab }: Architecture,
): readonly number[] {
  const tokens = typeof choice === "number" ? Array.from({ length: count }, () => choice) : choice;
  if (tokens.length !== count) {
    throw new CircuitbookError(
      `Expected a token for each of ${count} rows but found ${tokens.length}.`,
    );
  }
  checkTokenIds(tokens, vocab, "in the metric");
  return tokens;
}

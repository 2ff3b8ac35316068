import { CircuitbookError } from "../base/errors.ts";
import { batchOf } from "./batch.ts";
import { metricNames, weightGradientName } from "./derivative.ts";
import type { Engine } from "./engine.ts";
import { metricTap } from "./gradients.ts";
import { metricFeeds, metricValues, type RowMetric } from "./metric.ts";
import type { Plan } from "./plan.ts";
import { viewOf } from "./run.ts";
import type { EngineTensor } from "./runtime.ts";
import { planTaps } from "./tap.ts";

/** A weighted loss of next tokens, and its gradients. */
export interface LossGradients {
  /** -sum(weight × log p(next token)). */
  readonly loss: number;
  /** By the name of the weight, in its shape. */
  readonly gradients: ReadonlyMap<string, EngineTensor>;
  /** `logProbabilities[r][t]`: of token t + 1 of row r after those before it, in nats; NaN where its weight is 0. */
  readonly logProbabilities: number[][];
}

/**
 * The loss of a batch of rows, and its gradient by every weight, in one run.
 *
 * @param weights `weights[r][t]`: what predicting token t + 1 of row r counts; 0 where it does not.
 * @throws CircuitbookError when there are not as many weights as predictions, or none counts.
 */
export async function lossGradients(
  engine: Engine,
  rows: readonly (readonly number[])[],
  weights: readonly (readonly number[])[],
): Promise<LossGradients> {
  const metric = lossMetric(rows, weights), { architecture } = engine, batch = batchOf(rows);
  const { taps, rowLists } = planTaps([metricTap(metric)], architecture, batch);
  const plan: Plan = {
    ...{ taps, edits: new Map(), cached: false, padded: batch.pads.some((pad) => pad > 0) },
    metric: { kind: metric.kind, byWeights: true },
  };
  const outputs = await engine.forward(plan, viewOf(batch, 0, rows.length, 0), {
    "rows.0": { data: rowLists[0], dims: [rowLists[0].length] },
    ...metricFeeds(metric, 0, rows.length),
  });
  const items = outputs[metricNames.items].data as Float32Array;
  const names = [...architecture.shapes.keys()].filter((name) => weightGradientName(name) in outputs);
  return {
    loss: metricValues(metric, items).reduce((a, b) => a + b, 0),
    gradients: new Map(names.map((name) => [name, outputs[weightGradientName(name)]])),
    logProbabilities: placed(items, metric, rows),
  };
}

function lossMetric(rows: readonly (readonly number[])[], weights: readonly (readonly number[])[]): RowMetric {
  rows.forEach(({ length }, row) => {
    if (weights[row]?.length === length - 1) return;
    const found = weights[row]?.length ?? "none";
    throw new CircuitbookError(
      `Expected ${length - 1} weights for the ${length} tokens of row ${row} but found ${found}.`,
    );
  });
  const positions = weights.map((row) => row.flatMap((weight, t) => weight ? [t] : []));
  if (!positions.some(({ length }) => length)) {
    throw new CircuitbookError("Expected a batch in which some prediction counts but found that all weights are 0.");
  }
  return {
    ...{ kind: "log probabilities", at: "logits", positions },
    tokens: positions.map((list, row) => list.map((t) => [rows[row][t + 1]])),
    weights: positions.map((list, row) => list.map((t) => [-weights[row][t]])),
  };
}

/** The items of a metric at their positions, NaN elsewhere. */
function placed(items: Float32Array, { positions }: RowMetric, rows: readonly (readonly number[])[]): number[][] {
  let at = 0;
  return positions.map((list, row) => {
    const numbers = Array.from({ length: rows[row].length - 1 }, () => NaN);
    for (const t of list) numbers[t] = items[at++];
    return numbers;
  });
}

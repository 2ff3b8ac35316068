import { metricNames, weightGradientName } from "./plan/graph_names.ts";
import type { GraphTensor } from "../onnx/feeds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { type Batch, batchOf } from "./plan/batch.ts";
import type { Engine } from "./engine/engine.ts";
import type { Plan } from "./plan/plan.ts";
import { viewOf } from "./engine/chunks.ts";
import { planTaps } from "./plan/tap.ts";

/** A weighted loss of next tokens, and its gradients. */
export interface LossGradients {
  /** -sum(weight × log p(next token)). */
  readonly loss: number;
  /** By the name of the weight, in its shape. */
  readonly gradients: ReadonlyMap<string, GraphTensor>;
  /** `logProbabilities[r][t]`: of token t + 1 of row r after those before it, in nats. */
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
  checkWeights(rows, weights);
  const { outputs, logProbabilities } = await predictionPass(engine, batchOf(rows), weights);
  const names = [...engine.architecture.shapes.keys()].filter((name) =>
    weightGradientName(name) in outputs
  );
  return {
    loss: -sum(
      logProbabilities.map((row, r) =>
        sum(row.map((value, t) => weights[r][t] ? weights[r][t] * value : 0))
      ),
    ),
    gradients: new Map(names.map((name) => [name, outputs[weightGradientName(name)]])),
    logProbabilities,
  };
}

/** Tokens (rows × columns) of one pass without a gradient. */
const PASS_TOKENS = 2560;

/** `[r][t]`: the log-probability, in nats, of token t + 1 of row r after those before it. */
export async function logProbabilities(
  engine: Engine,
  rows: readonly (readonly number[])[],
): Promise<number[][]> {
  const size = Math.max(1, Math.floor(PASS_TOKENS / Math.max(...rows.map(({ length }) => length))));
  const found: number[][] = [];
  for (let start = 0; start < rows.length; start += size) {
    found.push(
      ...(await predictionPass(engine, batchOf(rows.slice(start, start + size)))).logProbabilities,
    );
  }
  return found;
}

/** One pass over a batch, and back by all weights where the predictions count. */
async function predictionPass(
  engine: Engine,
  batch: Batch,
  weights?: readonly (readonly number[])[],
) {
  const { rows, columns, pads } = batch;
  const { taps } = planTaps([{ at: "logits", role: "metric" }], engine.architecture, batch);
  const plan: Plan = {
    taps,
    edits: new Map(),
    cached: false,
    padded: pads.some((pad) => pad > 0),
    metric: { kind: "log probabilities", byWeights: weights !== undefined },
  };
  const outputs = await engine.forward(
    plan,
    viewOf(batch, 0, rows.length, 0),
    predictionFeeds(batch, weights),
  );
  const items = outputs[metricNames.items].data as Float32Array;
  const logProbabilities = rows.map((row, r) => {
    const first = r * columns + pads[r];
    return [...items.subarray(first, first + row.length - 1)];
  });
  return { outputs, logProbabilities };
}

/** Next tokens and what each counts, for every column of every row: [batch × position, 1]. */
function predictionFeeds({ rows, pads, columns }: Batch, weights?: readonly (readonly number[])[]) {
  const tokens = new BigInt64Array(rows.length * columns);
  const counts = new Float32Array(tokens.length);
  rows.forEach((row, r) => {
    const first = r * columns + pads[r];
    for (let t = 0; t + 1 < row.length; t++) {
      tokens[first + t] = BigInt(row[t + 1]);
      counts[first + t] = weights ? -weights[r][t] : 0;
    }
  });
  const dims = [tokens.length, 1];
  return {
    [metricNames.tokens]: { data: tokens, dims },
    [metricNames.weights]: { data: counts, dims },
  };
}

function checkWeights(
  rows: readonly (readonly number[])[],
  weights: readonly (readonly number[])[],
): void {
  rows.forEach(({ length }, row) => {
    if (weights[row]?.length === length - 1) return;
    const found = weights[row]?.length ?? "none";
    throw new CircuitbookError(
      `Expected ${length - 1} weights for the ${length} tokens of row ${row} but found ${found}.`,
    );
  });
  if (!weights.some((row) => row.some((weight) => weight !== 0))) {
    throw new CircuitbookError(
      "Expected a batch in which some prediction counts but found that all weights are 0.",
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

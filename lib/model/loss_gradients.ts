import { METRIC_NAMES, weightGradientName } from "./plan/graph_names.ts";
import type { GraphTensor } from "../onnx/feeds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { type Batch, batchOf } from "./plan/batch.ts";
import type { Engine } from "./engine/engine.ts";
import { activationBytes, backwardBytes, type MemoryNeed, metricBytes } from "./engine/memory.ts";
import type { Plan } from "./plan/plan.ts";
import { viewOf } from "./engine/chunks.ts";
import { planTaps } from "./plan/tap.ts";
import { longestOf, product } from "../base/lists.ts";

/** A weighted next-token loss, and its gradients. */
export interface LossGradients {
  /** -Σ weight × log p(next token), in nats. */
  readonly loss: number;
  /** The gradients by tensor name; each has the shape of its tensor. */
  readonly gradients: ReadonlyMap<string, GraphTensor>;
  /** `[r][t]`: the log-probability of token t + 1 of row r given the tokens before it, in nats. */
  readonly logProbabilities: number[][];
}

/**
 * Returns the next-token loss of a batch and its gradient with respect to every trained weight,
 * from one run. The trained weights are the matrices of an adapter in memory, or else all weights
 * of the model.
 *
 * @param weights `weights[r][t]`, the weight of predicting token t + 1 of row r.
 * @throws CircuitbookError unless there is one weight for each prediction, or if all weights are 0.
 */
export async function lossGradients(
  engine: Engine,
  rows: readonly (readonly number[])[],
  weights: readonly (readonly number[])[],
): Promise<LossGradients> {
  checkWeights(rows, weights);
  await engine.verifyFits(lossNeeds(batchOf(rows), engine));
  const { outputs, logProbabilities } = await predictionPass(engine, batchOf(rows), weights);
  const names = [...trainedShapes(engine).keys()].filter((name) =>
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

/**
 * Returns the shapes of the trained weights: the matrices of an adapter in memory, or else all
 * weights.
 */
function trainedShapes(
  { architecture, checkpoint }: Engine,
): ReadonlyMap<string, readonly number[]> {
  return checkpoint.adapter?.shapes ?? architecture.shapes;
}

/**
 * Returns about how much memory the gradients of a batch by all weights need besides the weights.
 */
function lossNeeds({ rows: { length }, columns }: Batch, engine: Engine): MemoryNeed[] {
  const { architecture } = engine;
  const tokens = length * columns;
  const advice = "give fewer or shorter rows at a time (in training, set a smaller batchTokens)";
  return [
    {
      bytes: 4 * sum([...trainedShapes(engine).values()].map(product)),
      purpose: "the gradients by the trained weights",
      advice: "train a smaller model, or an adapter",
      returned: true,
    },
    {
      bytes: backwardBytes(architecture, { tokens, keys: columns }, architecture.layers),
      purpose: "the activations of all layers",
      advice,
    },
    { bytes: metricBytes(architecture, tokens), purpose: "the logits of all positions", advice },
  ];
}

/** The most tokens (rows × columns) in one pass without gradients. */
const PASS_TOKENS = 2560;

/**
 * The most bytes of logits, log-probabilities and what is computed of them in one pass without
 * gradients.
 */
const PASS_BYTES = 512e6;

/**
 * Returns `[r][t]`, the log-probability of token t + 1 of row r given the tokens before it, in
 * nats.
 */
export async function logProbabilities(
  engine: Engine,
  rows: readonly (readonly number[])[],
): Promise<number[][]> {
  const { architecture } = engine;
  const longest = longestOf(rows);
  const tokens = Math.min(PASS_TOKENS, PASS_BYTES / metricBytes(architecture, 1));
  const size = Math.max(1, Math.floor(tokens / longest));
  const inPass = Math.min(size, rows.length) * longest;
  await engine.verifyFits([
    {
      bytes: activationBytes(architecture, { tokens: inPass, keys: longest }),
      purpose: "the activations of a layer",
      advice: "shorten the rows",
    },
    {
      bytes: metricBytes(architecture, inPass),
      purpose: "the logits of all positions",
      advice: "shorten the rows",
    },
  ]);
  const found: number[][] = [];
  for (let start = 0; start < rows.length; start += size) {
    found.push(
      ...(await predictionPass(engine, batchOf(rows.slice(start, start + size)))).logProbabilities,
    );
  }
  return found;
}

/**
 * Runs one pass over a batch, and if predictions have weights, the reverse pass by all weights of
 * the model.
 */
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
  const items = outputs[METRIC_NAMES.items].data as Float32Array;
  const logProbabilities = rows.map((row, r) => {
    const first = r * columns + pads[r];
    return [...items.subarray(first, first + row.length - 1)];
  });
  return { outputs, logProbabilities };
}

/**
 * Returns the next token and its weight for every column of every row, [batch × position, 1].
 * Padding has weight 0.
 */
function predictionFeeds({ rows, pads, columns }: Batch, weights?: readonly (readonly number[])[]) {
  const tokens = new BigInt64Array(rows.length * columns);
  const counts = new Float32Array(tokens.length);
  rows.forEach((row, r) => {
    // Rows are padded on the left. The last token predicts no token of the row.
    const first = r * columns + pads[r];
    for (let t = 0; t + 1 < row.length; t++) {
      tokens[first + t] = BigInt(row[t + 1]);
      counts[first + t] = weights ? -weights[r][t] : 0;
    }
  });
  const dims = [tokens.length, 1];
  return {
    [METRIC_NAMES.tokens]: { data: tokens, dims },
    [METRIC_NAMES.weights]: { data: counts, dims },
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
      "Expected at least one prediction with a weight, but all weights are 0.",
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

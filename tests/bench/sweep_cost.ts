import { families } from "circuitbook";

/** A model's configuration, and the sweep of all its heads whose cost is asked for. */
export interface SweepSize {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokens: number;
  readonly prompts: number;
  /** How many processes the prompts are divided over. */
  readonly shards: number;
}

/** The parts of a sweep's time, in the order of {@link workOf}. */
export const TERMS = [
  "core-seconds per process",
  "core-seconds per GB of weights and process",
  "core-seconds per graph of one layer and process",
  "core-seconds per GB of activations",
  "core-seconds per TFLOP",
] as const;

const FLOAT_BYTES = 4;

/** Returns how much there is of each of {@link TERMS} in a sweep of all heads. */
export function workOf({ config, tokens, prompts, shards }: SweepSize): number[] {
  const { shapes, layers, heads, kvHeads, headSize, dModel, dMlp, vocab } = families.architectureOf(
    { ...config },
  );
  const numbers = [...shapes.values()].reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  const output = dModel * heads * headSize;
  const mlp = 3 * dModel * dMlp;
  const inputs = dModel * (heads + 2 * kvHeads) * headSize;
  // Two operations for each weight and token; scores and mixed values for each pair of positions.
  const behindAttention = 2 * tokens * (output + mlp);
  const layer = behindAttention + 2 * tokens * inputs + 4 * tokens ** 2 * heads * headSize;
  // A head of layer l is silenced after its attention: the rest of layer l and all later layers
  // are computed.
  const later = heads * layers * (layers - 1) / 2;
  const passes = layers + later + heads * layers;
  const flop = (layers + later) * layer + heads * layers * behindAttention +
    (1 + heads * layers) * 2 * dModel * vocab;
  const activations = FLOAT_BYTES * tokens * (6 * dModel + 3 * dMlp);
  return [
    shards,
    shards * FLOAT_BYTES * numbers / 1e9,
    // The sweep compiles a graph for each layer, from that layer on.
    shards * layers * (layers + 1) / 2,
    prompts * passes * activations / 1e9,
    prompts * flop / 1e12,
  ];
}

/**
 * Returns the coefficients, none below zero, whose products with the work are nearest to measured
 * core-seconds, by the sum of squared relative errors.
 */
export function fitted(work: readonly (readonly number[])[], seconds: readonly number[]): number[] {
  const coefficients = work[0].map(() => 0);
  const rows = work.map((row, i) => row.map((value) => value / seconds[i]));
  const norms = coefficients.map((_, term) => rows.reduce((sum, row) => sum + row[term] ** 2, 0));
  // Coordinate descent: each step sets one coefficient to its best value at least 0.
  for (let step = 0; step < 200_000; step++) {
    const term = step % coefficients.length;
    const slope = rows.reduce((sum, row) => sum + row[term] * (1 - dot(row, coefficients)), 0);
    coefficients[term] = Math.max(0, coefficients[term] + slope / norms[term]);
  }
  return coefficients;
}

/** Returns the core-seconds of some work. */
export function dot(work: readonly number[], coefficients: readonly number[]): number {
  return work.reduce((sum, value, i) => sum + value * coefficients[i], 0);
}

import { mean, sampleStandardDeviation } from "simple-statistics";

/** Keeps advantages finite in groups of equal rewards. */
const FLOOR = 0.01;

/** Advantages up to this count as none: their rows are left out of the gradient. */
const NONE = 0.01;

/**
 * How much better each completion is than the others of its group: (reward − mean) / (standard deviation + 0.01), with the
 * sample's standard deviation. A group without spread has zeros.
 *
 * Shao et al., DeepSeekMath (arXiv 2402.03300), 4.1.
 *
 * @param rewards group after group.
 * @param size of a group, at least 2.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(training.advantages([1, 1, 1, 0, 2, 1], 3), [0, 0, 0, -1 / 1.01, 1 / 1.01, 0]);
 * ```
 */
export function advantages(rewards: readonly number[], size: number): number[] {
  return rewards.map((reward, i) => {
    const start = i - i % size;
    const group = rewards.slice(start, start + size);
    return (reward - mean(group)) / (sampleStandardDeviation(group) + FLOOR);
  });
}

/** A completion behind its prompt, and what it is worth. */
export interface Rollout {
  readonly prompt: readonly number[];
  /** The new tokens, the end token included. */
  readonly completion: readonly number[];
  readonly advantage: number;
}

/** What a gradient is computed of. */
export interface PolicyBatch {
  /** Filled up on the right to one length with the last token, whose prediction counts nothing. */
  readonly rows: number[][];
  /** `weights[r][t]`: what log p of token t + 1 of row r counts. */
  readonly weights: number[][];
  /** Predictions that count. */
  readonly tokens: number;
}

/**
 * The rows of a policy gradient: the loss −Σ weight × log p is that of REINFORCE, each token of a completion weighted by the
 * completion's advantage and divided by the number of all those tokens. Completions that are no better or worse than their group
 * are left out, unless `keepAll`. Prompts count nothing. Rows are sorted by length.
 */
export function policyBatch(rollouts: readonly Rollout[], { keepAll = false } = {}): PolicyBatch {
  const kept = rollouts.filter(({ advantage }) => keepAll || Math.abs(advantage) > NONE)
    .toSorted((a, b) => a.completion.length - b.completion.length);
  const tokens = kept.reduce((sum, { completion }) => sum + completion.length, 0);
  return {
    tokens,
    rows: kept.map(({ prompt, completion }) => [...prompt, ...completion]),
    weights: kept.map(({ prompt, completion, advantage }) => [
      ...new Array<number>(prompt.length - 1).fill(0),
      ...completion.map(() => advantage / tokens),
    ]),
  };
}

/** Parts of a batch with at most so many rows, each filled up on the right to its longest row: causal rows need no mask for that. */
export function microbatches(
  { rows, weights }: Pick<PolicyBatch, "rows" | "weights">,
  size: number,
) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, part) => {
    const own = rows.slice(part * size, (part + 1) * size);
    const longest = Math.max(...own.map(({ length }) => length));
    const filled = <T>(
      row: readonly T[],
      length: number,
      by: T,
    ) => [...row, ...new Array<T>(length - row.length).fill(by)];
    return {
      rows: own.map((row) => filled(row, longest, row[row.length - 1])),
      weights: own.map((_, i) => filled(weights[part * size + i], longest - 1, 0)),
    };
  });
}

/**
 * The estimate of a token's share in the divergence of a policy from a base model, exp(d) − d − 1 for d = log p of the base − log p of
 * the policy: never negative, and right on average over the policy's own tokens.
 *
 * J. Schulman, *Approximating KL Divergence* (2020), k3.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(training.divergence(0, Math.log(0.5)), Math.log(2) - 0.5);
 * ```
 */
export function divergence(logProbability: number, base: number): number {
  return Math.exp(base - logProbability) - (base - logProbability) - 1;
}

/**
 * Weights with the divergence's gradient added, `kl` times its mean over the tokens that count: the derivative of
 * {@link divergence} by the policy's log p is 1 − exp(d), and a weight is the negative of a derivative.
 *
 * @param logProbabilities of the policy, and `base` those of the base model, in the layout of the weights.
 */
export function withDivergence(
  { rows, weights, tokens }: PolicyBatch,
  { kl, logProbabilities, base, promptLength }: {
    kl: number;
    logProbabilities: readonly (readonly number[])[];
    base: readonly (readonly number[])[];
    promptLength: number;
  },
): PolicyBatch {
  const added = weights.map((row, r) =>
    row.map((weight, t) =>
      t < promptLength - 1
        ? weight
        : weight + kl * (Math.exp(base[r][t] - logProbabilities[r][t]) - 1) / tokens
    )
  );
  return { rows, tokens, weights: added };
}

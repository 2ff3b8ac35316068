import { mean, sampleStandardDeviation } from "simple-statistics";
import { checkArguments, is } from "../../base/arguments.ts";
import { longestOf } from "../../base/lists.ts";

/** Added to the standard deviation, so that groups of equal rewards have finite advantages. */
const FLOOR = 0.01;

/** Completions whose advantage is at most this far from 0 are left out of the gradient. */
const NONE = 0.01;

/**
 * Returns how much better each completion is than the others of its group: (reward − mean) /
 * (standard deviation + 0.01), with the sample's standard deviation. All completions of a group
 * with equal rewards have 0.
 *
 * Shao et al., DeepSeekMath (arXiv 2402.03300), section 4.1.
 *
 * @param rewards the reward of each completion, group after group.
 * @param size the number of completions in a group, at least 2.
 * @returns the advantage of each completion, in the order of the rewards.
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
  checkArguments("advantages", { rewards: [rewards, is.numbers], size: [size, is.number] });

  return rewards.map((reward, i) => {
    const start = i - i % size;
    const group = rewards.slice(start, start + size);
    return (reward - mean(group)) / (sampleStandardDeviation(group) + FLOOR);
  });
}

/** A completion of a prompt, with its advantage. */
export interface Rollout {
  /** The tokens of the prompt. */
  readonly prompt: readonly number[];
  /** The new tokens, the end token included. */
  readonly completion: readonly number[];
  /** How much better the completion is than its group. */
  readonly advantage: number;
}

/** The rows that a gradient is computed from. */
export interface PolicyBatch {
  /** The tokens of each row: prompt, then completion. */
  readonly rows: number[][];
  /**
   * `weights[r][t]`: the weight of log p of token t + 1 of row r in the loss, with a minus sign.
   */
  readonly weights: number[][];
  /** How many predictions are those of completions. */
  readonly tokens: number;
}

/**
 * Returns the rows of a policy gradient. The loss −Σ weight × log p is that of REINFORCE: each
 * token of a completion is weighted by the advantage of the completion, divided by the number of
 * all such tokens. The tokens of prompts have weight 0. Rows are sorted by length.
 *
 * @param options with `keepAll`, completions that are neither better nor worse than their group
 * stay in the batch.
 */
export function policyBatch(rollouts: readonly Rollout[], { keepAll = false } = {}): PolicyBatch {
  // A completion that is as good as its group has no gradient, but costs a pass.
  const kept = rollouts.filter(({ advantage }) => keepAll || Math.abs(advantage) > NONE)
    .toSorted((a, b) => a.completion.length - b.completion.length);
  const tokens = kept.reduce((sum, { completion }) => sum + completion.length, 0);
  return {
    tokens,
    rows: kept.map(({ prompt, completion }) => [...prompt, ...completion]),
    weights: kept.map(({ prompt, completion, advantage }) => [
      // The first token of a completion is predicted at the last token of the prompt.
      ...new Array<number>(prompt.length - 1).fill(0),
      ...completion.map(() => advantage / tokens),
    ]),
  };
}

/**
 * Returns the parts of a batch, each with at most `size` rows. The rows of a part are filled up on
 * the right to the longest one; attention is causal, so the filling changes no prediction that
 * counts and needs no mask.
 */
export function microbatches(
  { rows, weights }: Pick<PolicyBatch, "rows" | "weights">,
  size: number,
) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, part) => {
    const own = rows.slice(part * size, (part + 1) * size);
    const longest = longestOf(own);
    const filled = <T>(
      row: readonly T[],
      length: number,
      by: T,
    ) => [...row, ...new Array<T>(length - row.length).fill(by)];
    return {
      // Any token would do; the last one of the row is sure to be in the vocabulary.
      rows: own.map((row) => filled(row, longest, row[row.length - 1])),
      weights: own.map((_, i) => filled(weights[part * size + i], longest - 1, 0)),
    };
  });
}

/**
 * Returns the estimate of one token's share in the Kullback–Leibler divergence of a policy from a
 * base model: exp(d) − d − 1 for d = log p of the base − log p of the policy. It is never negative,
 * and right on average over tokens that the policy drew.
 *
 * J. Schulman, *Approximating KL Divergence* (2020), estimator k3.
 *
 * @param logProbability log p of the token under the policy, in nats.
 * @param base log p of the token under the base model, in nats.
 * @returns the share, in nats.
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
 * Returns the batch with the gradient of the divergence added to its weights, `kl` times the mean
 * over completion tokens. The derivative of {@link divergence} by the policy's log p is 1 − exp(d),
 * and a weight is the negative of a derivative.
 *
 * @param options `logProbabilities` are those of the policy and `base` those of the base model,
 * both in the layout of the weights; `promptLength` is the number of tokens of every prompt.
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

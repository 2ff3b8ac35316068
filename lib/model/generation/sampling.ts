import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { atLeastOne } from "../../base/options.ts";

/** How the next token is drawn. */
export interface SamplingOptions {
  /** The temperature of the softmax: 0 takes the most probable token, 1 draws from the distribution of the model. Default 0. */
  readonly temperature?: number;
  /** Draw only among this many most probable tokens (Fan et al., arXiv 1805.04833). Default: all. */
  readonly topK?: number;
  /** Draw only among the most probable tokens that together have this probability (nucleus sampling, arXiv 1904.09751). */
  readonly topP?: number;
}

const SHARE = "to be a number above 0 and at most 1";
const HEAT = "to be a number of at least 0";

/** How sampling options are checked. */
export const sampling = {
  temperature: z.number(HEAT).min(0, HEAT).optional(),
  topK: atLeastOne.optional(),
  topP: z.number(SHARE).gt(0, SHARE).max(1, SHARE).optional(),
};

/**
 * Returns a token that is drawn from logits.
 *
 * @throws CircuitbookError if a logit is NaN.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature = 0, topK, topP }: SamplingOptions,
  random: Random,
): number {
  const best = argmax(logits);
  if (temperature === 0) return best;
  if (topK === undefined && topP === undefined) return drawn(logits, best, temperature, random);
  let candidates = Array.from(
    logits,
    (logit, token) => ({ token, weight: Math.exp((logit - logits[best]) / temperature) }),
  );
  candidates.sort((a, b) => b.weight - a.weight);
  candidates = candidates.slice(0, topK ?? candidates.length);
  if (topP !== undefined) candidates = nucleus(candidates, topP);
  let left = random() * total(candidates);
  return (candidates.find(({ weight }) => (left -= weight) < 0) ?? candidates[0]).token;
}

/** Returns a token drawn from the whole vocabulary, without a list of candidates: a long generation would make millions. */
function drawn(logits: Float32Array, best: number, temperature: number, random: Random): number {
  const weights = new Float64Array(logits.length);
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    weights[token] = Math.exp((logits[token] - logits[best]) / temperature);
    sum += weights[token];
  }
  let left = random() * sum;
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token];
    if (left < 0) return token;
  }
  return best;
}

interface Candidate {
  readonly token: number;
  readonly weight: number;
}

/** Returns the shortest prefix of sorted candidates whose weight reaches a share of the whole. */
function nucleus(candidates: readonly Candidate[], share: number): Candidate[] {
  const target = share * total(candidates);
  let sum = 0;
  const count = candidates.findIndex(({ weight }) => (sum += weight) >= target) + 1;
  return candidates.slice(0, count || candidates.length);
}

function total(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0);
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] > logits[best]) best = token;
    else if (Number.isNaN(logits[token])) {
      throw new CircuitbookError(
        `Expected numbers as logits but found NaN at token ${token}; look for an edit with very large values.`,
      );
    }
  }
  return best;
}

import { CircuitbookError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";

/** How the next token is drawn. */
export interface SamplingOptions {
  /** 0 takes the most probable token; 1 draws from the model's own distribution. Default 0. */
  readonly temperature?: number;
  /** Draw among this many of the most probable tokens only. */
  readonly topK?: number;
  /** Draw among the most probable tokens that together have this probability (nucleus sampling, arXiv 1904.09751). */
  readonly topP?: number;
}

/** Checks sampling options. @throws CircuitbookError when one is out of range. */
export function checkSampling({ temperature = 0, topK = 1, topP = 1 }: SamplingOptions): void {
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new CircuitbookError(`Expected a temperature of at least 0 but found ${temperature}.`);
  }
  if (!(Number.isInteger(topK) && topK >= 1)) {
    throw new CircuitbookError(`Expected topK to be a whole number of at least 1 but found ${topK}.`);
  }
  if (!(topP > 0 && topP <= 1)) throw new CircuitbookError(`Expected topP in (0, 1] but found ${topP}.`);
}

/**
 * Draws a token from logits.
 *
 * @throws CircuitbookError when a logit is NaN.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature = 0, topK, topP }: SamplingOptions,
  random: Random,
): number {
  const best = argmax(logits);
  if (temperature === 0) return best;
  let candidates = Array.from(
    logits,
    (logit, token) => ({ token, weight: Math.exp((logit - logits[best]) / temperature) }),
  );
  if (topK !== undefined || topP !== undefined) candidates.sort((a, b) => b.weight - a.weight);
  candidates = candidates.slice(0, topK ?? candidates.length);
  if (topP !== undefined) candidates = nucleus(candidates, topP);
  let left = random() * total(candidates);
  return (candidates.find(({ weight }) => (left -= weight) < 0) ?? candidates[0]).token;
}

interface Candidate {
  readonly token: number;
  readonly weight: number;
}

/** The shortest start of sorted candidates that has a share of their weight. */
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
        `Expected numbers as logits but found NaN at token ${token}; look for an edit that makes infinities.`,
      );
    }
  }
  return best;
}

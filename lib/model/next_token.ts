/** The distribution of the next token. */
export interface NextToken {
  /** The id of the most probable token. */
  readonly top: number;
  /** Returns the probability of a token id. */
  readonly probability: (id: number) => number;
}

/**
 * Returns the distribution of the next token that the logits of one position describe.
 *
 * @param logits [vocab].
 */
export function nextToken(logits: Float32Array): NextToken {
  const top = logits.reduce((best, value, id) => value > logits[best] ? id : best, 0);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - logits[top]), 0);
  return { top, probability: (id) => Math.exp(logits[id] - logits[top]) / total };
}

/** What logits say of the next token. */
export interface NextToken {
  /** The most probable token. */
  readonly top: number;
  /** The probability of a token. */
  readonly probability: (id: number) => number;
}

/**
 * What the logits of one position say of the next token.
 *
 * @param logits [vocab].
 */
export function nextToken(logits: Float32Array): NextToken {
  const top = logits.reduce((best, value, id) => value > logits[best] ? id : best, 0);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - logits[top]), 0);
  return { top, probability: (id) => Math.exp(logits[id] - logits[top]) / total };
}

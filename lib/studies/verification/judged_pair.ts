/**
 * Two prompts with equally many tokens, both cut before a verdict: after the first the verdict
 * should be right, after the second wrong. `countdown.matchedPairs` and `property.pairs` make such
 * pairs.
 */
export interface JudgedPair {
  /** The tokens of the prompt with a right result. */
  readonly correct: number[];
  /** The tokens of the prompt with a wrong result. */
  readonly wrong: number[];
  /** The token positions of the parts, which are those of both prompts. */
  readonly positions: JudgedPositions;
}

/** Token positions in a text that ends before a verdict. */
export interface JudgedPositions {
  /** The equals signs of the attempt. */
  readonly equals: readonly number[];
  /** The digits of the stated result. */
  readonly digits: readonly number[];
  /** The ` (` at the end, where the verdict is predicted. */
  readonly open: number;
  /** The digits of the target in the prompt; left out where the prompt names no target. */
  readonly target?: readonly number[];
  /** The digits of the target in each earlier verdict; left out where verdicts name no target. */
  readonly copies?: readonly (readonly number[])[];
}

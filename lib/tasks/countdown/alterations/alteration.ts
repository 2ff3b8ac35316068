/** What is changed in a text before the verdict of one attempt. `null` removes a number. */
export interface Alteration {
  /** The index of the attempt, from 0. */
  attempt: number;
  /** The result that the attempt states. */
  result?: number;
  /** The target in the prompt. */
  target?: number | null;
  /** The target in the verdicts of earlier attempts: `(not 62)`. */
  copies?: number | null;
  /** One of the numbers in the prompt: its index, and the number that replaces it. */
  number?: readonly [index: number, value: number | null];
  /** How many of the earlier attempts are kept, counted from the first. By default all. */
  keep?: number;
}

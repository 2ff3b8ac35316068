/** What is changed in a text before the verdict of one attempt. `null` takes a number out. */
export interface Alteration {
  /** Which attempt, counted from 0. */
  attempt: number;
  /** The result that the attempt states. */
  result?: number;
  /** The target that the prompt names. */
  target?: number | null;
  /** The target in the verdicts of the earlier attempts: `(not 62)`. */
  copies?: number | null;
  /** One of the numbers that the prompt gives: which (from 0), and what stands there instead. */
  number?: readonly [index: number, value: number | null];
  /** How many of the earlier attempts stay, the first ones. All by default. */
  keep?: number;
}

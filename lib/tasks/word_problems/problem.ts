/** An annotated calculation of a worked solution, as GSM8K writes it: `<<48/2=24>>`. */
export interface Calculation {
  /** The expression: `48/2`. */
  readonly expression: string;
  /** The stated result: `24`. */
  readonly result: string;
}

/** A problem told in words, whose answer is a number. */
export interface WordProblem {
  /**
   * The id by which data are split: the `id` of the file, or `line` with the number of the line.
   */
  readonly id: string;
  /** The text of the problem. */
  readonly question: string;
  /** A worked chain of thought, without annotations. */
  readonly chain: string;
  /** The answer without commas between thousands, currency or per cent signs: `1080`. */
  readonly answer: string;
  /** The calculations with which the chain was annotated, in order. */
  readonly calculations: readonly Calculation[];
}

/** A line of a file that is not a problem. */
export interface BadLine {
  /** The number of the line, from 1. */
  readonly line: number;
  /** What was expected, and what was found. */
  readonly reason: string;
}

/** One annotated calculation of a worked solution, as GSM8K writes it: `<<48/2=24>>`. */
export interface Calculation {
  readonly expression: string;
  readonly result: string;
}

/** A problem told in words, whose answer is a number. */
export interface WordProblem {
  /** What data are split by: the file's own `id`, or the line. */
  readonly id: string;
  readonly question: string;
  /** A worked chain of thought, without annotations. */
  readonly chain: string;
  /** The answer without signs of thousands, currency or per cent: `1080`. */
  readonly answer: string;
  /** The calculations that the chain was annotated with, in order. */
  readonly calculations: readonly Calculation[];
}

/** A line of a file that is no problem. */
export interface BadLine {
  /** From 1. */
  readonly line: number;
  /** What was expected, and what was found. */
  readonly reason: string;
}

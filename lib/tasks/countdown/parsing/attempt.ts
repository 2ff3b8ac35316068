import type { Rational } from "../../text/rational.ts";
import type { Span } from "../../text/token_spans.ts";

/**
 * The verdict of a chain on an attempt: "this" in `(this works)`, "not" in `(not 46)`, "other" for
 * any other words, such as `52! Yes, we got it!`, or `(this does not work)`, which begins with
 * "this" and takes it back.
 */
export type Verdict = "this" | "not" | "other";

/** A line of a chain of thought that tries an expression. */
export interface Attempt {
  /** The problem's id. Data are split by this id. */
  problem: string;
  /** The number of attempts before this one in the text. */
  index: number;
  /** The expression: `87 - 38 - 3`. */
  expression: string;
  /**
   * The parts between the equals signs with their exact values; the expression is the first, the
   * stated result the last.
   */
  steps: { text: string; value: Rational | undefined }[];
  /** The result that the text states. */
  stated: Rational;
  /** The true value of the expression; `undefined` if it divides by zero. */
  value: Rational | undefined;
  /** Whether the stated result is the true value. */
  statesTruth: boolean;
  /**
   * Whether the stated result is the goal (the target, or a number with the property). A right
   * verdict says whether it is.
   */
  statesTarget: boolean;
  /** Whether the true value is the goal. */
  reachesTarget: boolean;
  /** Whether the expression uses each given number once. */
  usesNumbersOnce: boolean;
  /**
   * The verdict that the text gives; `undefined` if there is none, or if the text ends before it.
   */
  verdict: Verdict | undefined;
  /** The words of the verdict: `not 46`, `this works`, `! Yes, we got it!`. */
  verdictText: string | undefined;
  /** The characters of each part in the text; `open` is the parenthesis before the verdict. */
  spans: {
    attempt: Span;
    expression: Span;
    equals: Span[];
    result: Span;
    open: Span | undefined;
    verdict: Span | undefined;
  };
}

/** An attempt with the token positions of its parts. */
export interface LocatedAttempt extends Attempt {
  /** The positions of the parts among the tokens of the text. */
  tokens: {
    expression: number[];
    /** The positions of the equals signs. */
    equals: number[];
    /** The stated result, with its sign. */
    result: number[];
    /** The digits of the stated result. */
    digits: number[];
    /** The ` (` before the verdict: the position at which the model predicts the verdict. */
    open: number | undefined;
    /** The first token of the verdict: `this` or `not`. */
    verdict: number | undefined;
  };
}

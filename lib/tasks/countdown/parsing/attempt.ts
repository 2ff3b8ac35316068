import type { Rational } from "../../text/rational.ts";
import type { Span } from "../../text/token_spans.ts";

/** What a chain says of an attempt: `(this works)`, `(not 46)`, or anything else: `52! Yes, we got it!`. */
export type Verdict = "this" | "not" | "other";

/** One line of a chain of thought that tries an expression. */
export interface Attempt {
  /** The problem's id: what data are split by. */
  problem: string;
  /** 0 for the first attempt of the text. */
  index: number;
  /** `87 - 38 - 3` */
  expression: string;
  /** What stands between the equals signs, the expression first and the stated result last, with exact values. */
  steps: { text: string; value: Rational | undefined }[];
  /** The result as the text states it. */
  stated: Rational;
  /** The expression's true value; `undefined` where it divides by zero. */
  value: Rational | undefined;
  /** Whether the stated result is the true value. */
  statesTruth: boolean;
  /** Whether the stated result is the target: what the verdict should go by. */
  statesTarget: boolean;
  /** Whether the true value is the target. */
  reachesTarget: boolean;
  usesNumbersOnce: boolean;
  /** `undefined` where the text says nothing of the result, or was cut before. */
  verdict: Verdict | undefined;
  /** The words of the verdict: `not 46`, `this works`, `! Yes, we got it!`. */
  verdictText: string | undefined;
  /** Where the parts stand in the text; `open` is the parenthesis before the verdict. */
  spans: {
    attempt: Span;
    expression: Span;
    equals: Span[];
    result: Span;
    open: Span | undefined;
    verdict: Span | undefined;
  };
}

/** An attempt whose parts are also known as positions among the tokens of its text. */
export interface LocatedAttempt extends Attempt {
  tokens: {
    expression: number[];
    /** One for each equals sign. */
    equals: number[];
    /** The stated result, with its sign. */
    result: number[];
    /** The digits of the stated result. */
    digits: number[];
    /** The ` (` before the verdict: where the model is about to say which. */
    open: number | undefined;
    /** The first token of the verdict: `this`, `not`. */
    verdict: number | undefined;
  };
}

import { is } from "../base/arguments.ts";

/** The kind of an argument that is a countdown `Problem`. */
export const aProblem = is.shaped("a problem", { numbers: is.numbers, target: is.number });

/** The kind of an argument that is a `ReasoningProblem`. */
export const aReasoningProblem = is.like("a problem", "id", "prompt", "answer");

/** The kind of an argument that is a `DigitList`. */
export const aDigitList = is.like("a list", "digits", "tokens", "maximum");

/** The kind of an argument that is a `TextTokenizer`. */
export const aTokenizer = is.shaped("a tokenizer", {
  encode: is.callable,
  decode: is.callable,
});

/** The kind of an argument that is a `PropertyProblem`. */
export const aPropertyProblem = is.shaped("a problem", {
  numbers: is.numbers,
  property: is.text,
});

/** The kind of an argument that is an `Attempt` at a countdown problem. */
export const anAttempt = is.shaped("an attempt", {
  problem: is.text,
  index: is.number,
  expression: is.text,
  steps: is.objects,
  spans: is.object,
});

/** The kind of an argument that is a `Question` on whether an attempt is right. */
export const aQuestion = is.shaped("a question", {
  numbers: is.numbers,
  target: is.number,
  attempt: is.text,
  result: is.text,
});

/** The kind of an argument that is a `WordProblem`. */
export const aWordProblem = is.like("a problem", "id", "question", "chain");

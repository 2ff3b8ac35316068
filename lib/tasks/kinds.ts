import { is } from "../base/arguments.ts";

/** The kind of an argument that is a countdown `Problem`. */
export const aProblem = is.like("a problem", "numbers", "target");

/** The kind of an argument that is a `ReasoningProblem`. */
export const aReasoningProblem = is.like("a problem", "id", "prompt", "answer");

/** The kind of an argument that is a `DigitList`. */
export const aDigitList = is.like("a list", "digits", "tokens", "maximum");

/** The kind of an argument that is a `TextTokenizer`. */
export const aTokenizer = is.like("a tokenizer", "encode", "decode");

/** The kind of an argument that is a `PropertyProblem`. */
export const aPropertyProblem = is.like("a problem", "numbers", "property");

/** The kind of an argument that is an `Attempt` at a countdown problem. */
export const anAttempt = is.like("an attempt", "problem", "index", "expression");

/** The kind of an argument that is a `Question` on whether an attempt is right. */
export const aQuestion = is.like("a question", "numbers", "target", "attempt");

/** The kind of an argument that is a `WordProblem`. */
export const aWordProblem = is.like("a problem", "id", "question", "chain");

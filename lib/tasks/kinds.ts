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

/**
 * Word problems with worked chains of thought: made, read from JSONL (GSM8K's too), put as prompts,
 * and scored.
 *
 * @module
 */
export { type NumberInText, numbersIn } from "../text/numbers_in_text.ts";
export { corpus, type WorkedText, type WorkedTextOptions } from "./corpus.ts";
export { make } from "./make.ts";
export { type AnswerOptions, noteAnswers } from "./note_answers.ts";
export type * from "./problem.ts";
export { type ChatTokenizer, prompt } from "./prompt.ts";
export { parse, read } from "./read.ts";
export { score, type WordScore } from "./score.ts";
export { write } from "./write.ts";

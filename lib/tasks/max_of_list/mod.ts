/** The max-of-list task: lists of five digits, and what a model answers to them. @module */
export { abilities } from "./abilities.ts";
export * from "./answers.ts";
export * from "./lists.ts";
export { tokenizerFile } from "./tokenizer_file.ts";

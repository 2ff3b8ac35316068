/** The greatest of five digits: lists, and how a model's answers are judged. @module */
export * from "./answers.ts";
export * from "./lists.ts";
export { tokenizerFile } from "./tokenizer_file.ts";

/** The verification task: is this attempt correct, Yes or No? @module */
export type { Span } from "../text/token_spans.ts";
export type { TextTokenizer, TokenLookup } from "../text/tokenizer.ts";
export * from "./ask.ts";
export * from "./locate.ts";
export { prompts, type PromptSpans, templateFor, type VerificationTemplate } from "./prompts.ts";
export * from "./questions.ts";
export * from "./yes_no.ts";

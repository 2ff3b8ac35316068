/** The verification task: is this attempt correct, Yes or No? @module */
export * from "./answers.ts";
export * from "./ask.ts";
export * from "./locate.ts";
export { prompts, type PromptSpans, templateFor, type VerificationTemplate } from "./prompts.ts";
export * from "./question.ts";

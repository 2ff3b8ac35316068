/** The verification articles (notebooks 01 to 04): the heads and words that the source names. @module */
export type { HeldStatement, HeldStatements } from "../../base/statements.ts";
export type { TableOf } from "../../table/table.ts";
export type { AskOptions } from "../../tasks/verification/ask.ts";
export type { Span } from "../../tasks/text/token_spans.ts";
export type { LocatedPrompt } from "../../tasks/verification/locate.ts";
export type { PromptSpans, VerificationTemplate } from "../../tasks/verification/prompts.ts";
export type { AttemptQuestion, Question } from "../../tasks/verification/questions.ts";
export type { YesNoAnswer } from "../../tasks/verification/yes_no.ts";

export * from "./ask_under.ts";
export * from "./from_attempt.ts";
export * from "./glossary.ts";
export * from "./published_heads.ts";
export * from "./verification_heads.ts";
export * from "./statements/part_one.ts";
export * from "./statements/part_two.ts";
export * from "./statements/part_three.ts";
export * from "./statements/part_four.ts";

/**
 * Notebook 07: what a model goes by when it judges an attempt, and what it does after a mistake.
 *
 * @module
 */
export type {
  ClaimKind,
  Criterion,
  Headline,
  ResultWords,
  Statement,
  Statements,
} from "../../base/statements.ts";
export type { TableOf } from "../../table/table.ts";
export type {
  AlteredText,
  CutPositions,
  ProblemText,
} from "../../tasks/countdown/alterations/alter.ts";
export type { Judgement } from "../../tasks/countdown/chains/verdict_words.ts";
export type { Verdict } from "../../tasks/countdown/parsing/attempt.ts";
export type { Outcome } from "../../tasks/countdown/parsing/outcome.ts";
export type { Problem } from "../../tasks/countdown/problems/problem.ts";
export type { TextTokenizer } from "../../tasks/text/tokenizer.ts";

export * from "./aftermath.ts";
export * from "./aftermaths.ts";
export * from "./attention_by_part.ts";
export * from "./counterfactuals.ts";
export * from "./result_marked.ts";
export * from "./verdicts.ts";
export * from "./slopes_by_problem.ts";
export { statements } from "./statements.ts";

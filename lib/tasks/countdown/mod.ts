/** The countdown task: problems, prompts, chains of thought, what they attempt, and whether they are right. @module */
export { Rational } from "../rational.ts";
export * from "./alter.ts";
export type { Alteration } from "./alteration.ts";
export type * from "./attempt.ts";
export * from "./attempts.ts";
export * from "./chains.ts";
export {
  corpus,
  type CorpusDocument,
  type CorpusMix,
  corpusMixes,
  type CorpusOptions,
} from "./corpus.ts";
export type { DocumentKind } from "./corpus_documents.ts";
export * from "./expression.ts";
export * from "./held_out.ts";
export { type PromptPositions, promptPositions } from "./locate.ts";
export * from "./outcome.ts";
export { type MatchedPair, type MatchedPairs, matchedPairs, type PairOptions } from "./pairs.ts";
export * from "./parquet.ts";
export * from "./phrasings.ts";
export * from "./problem.ts";
export { type ProblemOptions, problems, type SearchOrder } from "./problems.ts";
export * from "./prompts.ts";
export * from "./reward.ts";
export * from "./rows.ts";
export { type Score, score } from "./score.ts";
export { templateFor } from "./template.ts";
export { type TuningPrompt, tuningPrompts } from "./tuning_prompts.ts";
export * from "./verdict_margin.ts";
export * from "./verdict_words.ts";

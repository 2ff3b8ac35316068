/**
 * The countdown task: problems, prompts, worked chains of thought, the attempts that a text makes,
 * scores, altered texts, and the corpus that the embedded models learned from.
 *
 * @module
 */
export { Rational } from "../text/rational.ts";
export type { Span } from "../text/token_spans.ts";
export type { TextTokenizer, TokenLookup } from "../text/tokenizer.ts";

export * from "./problems/held_out.ts";
export * from "./problems/misses.ts";
export * from "./problems/parquet.ts";
export * from "./problems/problem.ts";
export { type ProblemOptions, problems, type SearchOrder } from "./problems/problems.ts";

export {
  PROMPT_TEMPLATES,
  prompts,
  type PromptTemplate,
  SHORT_CHAT_TEMPLATE,
} from "./prompts/prompts.ts";
export { type PromptLookup, templateFor } from "./prompts/template.ts";

export { type Chain, chainOf, type ChainOptions, chains } from "./chains/chains.ts";
export * from "./chains/verdict_words.ts";

export type * from "./parsing/attempt.ts";
export { attempts } from "./parsing/attempts.ts";
export * from "./parsing/attempts_of_rows.ts";
export * from "./parsing/expression.ts";
export * from "./parsing/outcome.ts";
export { type PromptPositions, promptPositions } from "./parsing/prompt_positions.ts";

export { hasCanonicalVerdict, type Reward, reward, type RewardOptions } from "./scoring/reward.ts";
export { type Score, score } from "./scoring/score.ts";
export * from "./scoring/verdict_margin.ts";
export { verdictStarts } from "./scoring/verdict_starts.ts";
export { whileJudging } from "./scoring/while_judging.ts";

export { abilities, type AbilityOptions, bothVerdicts } from "./abilities.ts";

export * from "./alterations/alter.ts";
export type { Alteration } from "./alterations/alteration.ts";
export * from "./alterations/matched_pairs.ts";

export {
  corpus,
  type CorpusDocument,
  type CorpusMix,
  corpusMixes,
  type CorpusOptions,
} from "./corpus/corpus.ts";
export * from "./corpus/token_copies.ts";
export type { DocumentKind } from "./corpus/documents.ts";
export * from "./corpus/phrasings.ts";
export * from "./corpus/result_spans.ts";
export { type TuningPrompt, tuningPrompts } from "./corpus/tuning_prompts.ts";

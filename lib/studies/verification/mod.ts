/**
 * The verification articles (notebooks 01 to 04): the heads and words that the source names.
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
export type { JacobianCorpus, Jacobians, JacobianSummary } from "../../lens/jacobians.ts";
export type { SingularToken } from "../../heads/singular_vectors.ts";
export type { HeadSet } from "../../ablation/silence_sets.ts";
export type { Watch } from "../../base/progress.ts";
export type { Effect } from "../../stats/difference_of.ts";
export type { Estimate } from "../../stats/intervals.ts";
export type { CutPositions } from "../../tasks/countdown/alterations/alter.ts";
export type { MatchedPair } from "../../tasks/countdown/alterations/matched_pairs.ts";
export type { Activations } from "../../probe/activations.ts";
export type { Problem } from "../../tasks/countdown/problems/problem.ts";
export type { TableOf } from "../../table/table.ts";
export type { Property } from "../../tasks/property/properties.ts";
export type { AskOptions } from "../../tasks/verification/ask.ts";
export type { ScaleSweepOptions, SteeredPrediction } from "../../steering/sweep_scales.ts";
export type { TokenClasses } from "../../lens/token_classes.ts";
export type { SteeringVector } from "../../steering/steering_vector.ts";
export type { Span } from "../../tasks/text/token_spans.ts";
export type { LocatedPrompt } from "../../tasks/verification/locate.ts";
export type { PromptSpans, VerificationTemplate } from "../../tasks/verification/prompts.ts";
export type { AttemptQuestion, Question } from "../../tasks/verification/questions.ts";
export type { YesNoAnswer } from "../../tasks/verification/yes_no.ts";

export * from "./antipodes.ts";
export * from "./ask_under.ts";
export * from "./called_right.ts";
export * from "./chain_outcome.ts";
export * from "./doses.ts";
export * from "./from_attempt.ts";
export { english, withEnglish } from "./glossary.ts";
export * from "./judged_pair.ts";
export * from "./judged_pairs.ts";
export * from "./linearity.ts";
export * from "./loss_without.ts";
export * from "./neuron_changes.ts";
export * from "./patched_by_place.ts";
export * from "./probed_texts.ts";
export * from "./published_heads.ts";
export * from "./read_verdicts.ts";
export * from "./sentences.ts";
export * from "./silenced_when.ts";
export * from "./steered_verdicts.ts";
export * from "./verdict_readings.ts";
export * from "./verification_heads.ts";
export * from "./statements/beyond.ts";
export * from "./statements/no_answer.ts";
export * from "./statements/part_one.ts";
export * from "./statements/part_two.ts";
export * from "./statements/part_three.ts";
export * from "./statements/part_four.ts";

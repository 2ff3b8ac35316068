/** The greatest of five digits: lists, and how a model's answers are judged. @module */
export * from "./answers.ts";
export { groupings, headNames, headSets } from "../../studies/max_of_list/head_sets.ts";
export * from "./lists.ts";
export { matchedRuns, type MatchedRunsOptions } from "../../studies/max_of_list/matched_runs.ts";
export { notes } from "../../studies/max_of_list/notes.ts";
export { type Placements, placements, stages } from "../../studies/max_of_list/placements.ts";
export {
  embeddingCosines,
  noPositions,
  withoutPositions,
} from "../../studies/max_of_list/positions.ts";
export { reading } from "../../studies/max_of_list/reading.ts";
export * from "../../studies/max_of_list/roles.ts";
export {
  comesBack,
  type ScoreScaleOptions,
  scoreScales,
} from "../../studies/max_of_list/score_scales.ts";
export { tokenizerFile } from "./tokenizer_file.ts";

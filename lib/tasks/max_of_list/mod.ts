/** The greatest of five digits: lists, and how a model's answers are judged. @module */
export * from "./answers.ts";
export { groupings, headNames, headSets } from "./head_sets.ts";
export * from "./lists.ts";
export { matchedRuns, type MatchedRunsOptions } from "./matched_runs.ts";
export { notes } from "./notes.ts";
export { type Placements, placements, stages } from "./placements.ts";
export { embeddingCosines, noPositions, withoutPositions } from "./positions.ts";
export { reading } from "./reading.ts";
export * from "./roles.ts";
export { comesBack, type ScoreScaleOptions, scoreScales } from "./score_scales.ts";
export { tokenizerFile } from "./tokenizer_file.ts";

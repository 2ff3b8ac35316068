/** Notebook 05: notes on a one-layer model that finds the greatest of five digits, tested on ten runs. @module */
export * from "./cosines_by_stage.ts";
export { groupings, headNames, headSets } from "./head_sets.ts";
export { matchedRuns, type MatchedRunsOptions } from "./matched_runs.ts";
export { notes } from "./notes.ts";
export { othersAt } from "./other_positions.ts";
export { type Placements, placements, stages } from "./placements.ts";
export { embeddingCosines, noPositions, withoutPositions } from "./positions.ts";
export { reading } from "./reading.ts";
export * from "./roles.ts";
export { comesBack, type ScoreScaleOptions, scoreScales } from "./score_scales.ts";

/** Notebook 05: notes on a one-layer model that finds the greatest of five digits, tested on ten runs. @module */
export * from "./cosines_by_stage.ts";
export { criteria } from "./criteria.ts";
export * from "./head_sets.ts";
export * from "./matched_runs.ts";
export * from "./notes.ts";
export { othersAt } from "./other_positions.ts";
export * from "./placements.ts";
export * from "./positions.ts";
export * from "./reading.ts";
export * from "./roles.ts";
export * from "./score_scales.ts";

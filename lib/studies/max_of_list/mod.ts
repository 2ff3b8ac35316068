/**
 * Notebook 05: notes on a one-layer model that finds the greatest of five digits, tested on ten
 * runs.
 *
 * @module
 */
export type { HeadSet } from "../../ablation/mod.ts";
export type { HeadAttention } from "../../heads/attention_to.ts";
export type { Estimate } from "../../stats/intervals.ts";
export type {
  ClaimKind,
  Criterion,
  Headline,
  ResultWords,
  Statement,
  Statements,
} from "../../base/statements.ts";
export type { TableOf } from "../../table/table.ts";
export type { AffineEdit } from "../../model/plan/edit.ts";
export type { DigitList } from "../../tasks/max_of_list/lists.ts";

export * from "./cosines_by_stage.ts";
export { criteria } from "./criteria.ts";
export * from "./head_sets.ts";
export * from "./matched_runs.ts";
export * from "./notes.ts";
export * from "./notes_by_recipe.ts";
export { othersAt } from "./other_positions.ts";
export * from "./placements.ts";
export * from "./positions.ts";
export * from "./reading.ts";
export * from "./roles.ts";
export * from "./score_scales.ts";
export { claimOf, statements } from "./statements.ts";

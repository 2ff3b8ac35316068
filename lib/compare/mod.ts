/** Two checkpoints, or two models, held against each other: their weights, and what their parts do. @module */
export * from "./agreement.ts";
export {
  byLayer,
  distribution,
  type DistributionOptions,
  valuesBy,
  valuesOf,
} from "./distribution.ts";
export * from "./head_scores.ts";
export { matchHeads, type MatchOptions } from "./match_heads.ts";
export * from "./value_cosines.ts";
export * from "./weights.ts";

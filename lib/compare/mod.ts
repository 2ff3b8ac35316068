/** Two checkpoints, or two models, held against each other: their weights, and what their parts do. @module */
export * from "./agreement.ts";
export { distribution, type DistributionOptions, valuesBy } from "./distribution.ts";
export * from "./head_scores.ts";
export * from "./weights.ts";

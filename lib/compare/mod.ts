/**
 * Comparisons of two checkpoints or two models: their weights, and what their parts do.
 *
 * @module
 */
export * from "./agreement.ts";
export * from "./distribution.ts";
export * from "./match_heads.ts";
export * from "./value_cosines.ts";
export * from "./weights.ts";

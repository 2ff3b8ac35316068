/** Two checkpoints, or two models, held against each other: their weights, and what their parts do. @module */
export * from "./weights.ts";

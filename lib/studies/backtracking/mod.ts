/** Notebook 07: what a model goes by when it judges an attempt, and what it does after a mistake. @module */
export * from "./aftermath.ts";
export * from "./aftermaths.ts";
export * from "./attention_parts.ts";
export * from "./counterfactuals.ts";
export * from "./verdicts.ts";

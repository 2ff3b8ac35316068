/** Notebook 07: what a model goes by when it judges an attempt, and what it does after a mistake. @module */
export * from "./aftermath.ts";
export * from "./aftermaths.ts";
export * from "./attention_by_part.ts";
export * from "./counterfactuals.ts";
export * from "./result_marked.ts";
export * from "./verdicts.ts";

/** Attention heads: their weights, what they look at, how they compose, what they read and write. @module */
export * from "./attention_to.ts";
export { composition, type CompositionKind, type CompositionOptions } from "./composition.ts";
export * from "./detect.ts";
export * from "./head_weights.ts";
export * from "./singular.ts";

/** Attention heads: their weights, what they look at, how they compose, what they read, write and drive. @module */
export * from "./active_drive.ts";
export * from "./attention_to.ts";
export { composition, type CompositionKind, type CompositionOptions } from "./composition.ts";
export * from "./detect.ts";
export * from "./head_weights.ts";
export * from "./singular.ts";
export * from "./weight_drive.ts";

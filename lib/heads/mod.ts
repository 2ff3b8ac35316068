/**
 * Attention heads: their weights, what they look at, how they compose, what they read and write,
 * and which neurons they drive.
 *
 * @module
 */
export * from "./active_drive.ts";
export * from "./attention_to.ts";
export * from "./composition.ts";
export * from "./detect.ts";
export * from "./head_name.ts";
export * from "./head_weights.ts";
export * from "./singular_vectors.ts";
export * from "./weight_drive.ts";
export type { VectorName } from "../neurons/vectors.ts";

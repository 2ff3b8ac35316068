/** Steering: vectors that are added to the residual stream, how strongly, and when. @module */
export * from "./contrastive.ts";
export * from "./moments.ts";
export * from "./steer.ts";
export * from "./sweep_generations.ts";
export * from "./sweep_scales.ts";
export * from "./vector_edits.ts";

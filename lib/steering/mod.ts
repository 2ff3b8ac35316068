/**
 * Steering: vectors that are added to the residual stream, with which length, and when.
 *
 * @module
 */
export * from "./contrast.ts";
export * from "./contrast_cosines.ts";
export * from "./steer.ts";
export * from "./sweep_generations.ts";
export * from "./sweep_scales.ts";
export * from "./vector_edits.ts";
export type { SteeringVector } from "./steering_vector.ts";
export * from "./when.ts";

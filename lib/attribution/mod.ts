/**
 * Attribution: what each part of a model, and each edge between parts, adds to a metric.
 *
 * @module
 */
export { circuit, type CircuitOptions } from "./circuits/circuit.ts";
export * from "./circuits/edges.ts";
export * from "./circuits/faithfulness.ts";
export * from "./direct/contributions.ts";
export * from "./direct/direct.ts";
export * from "./direct/logit_attribution.ts";
export * from "./estimates/estimate_activations.ts";
export * from "./estimates/estimate_neurons.ts";
export type { EstimateOptions } from "./estimates/pair_estimates.ts";
export * from "./integrated_gradients.ts";

/** Attribution patching: what activation patching would do, estimated by one gradient. @module */
export type { EstimateOptions } from "./estimates.ts";
export { type NeuronEstimateOptions, neurons } from "./neurons.ts";
export { type HeadEstimateOptions, heads, mlps, type PlaceOptions, positions } from "./sweeps.ts";

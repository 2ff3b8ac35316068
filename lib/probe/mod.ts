/**
 * Linear probes: how well a label can be read from the activations of each layer, and along which
 * direction.
 *
 * @module
 */
export { bestLayer, layerAccuracies, type LayerAccuracy } from "./accuracy.ts";
export type { Activations } from "./activations.ts";
export {
  directions,
  nearestTokens,
  type NearestTokensOptions,
  type ProbeToken,
} from "./directions.ts";
export { LayerProbe } from "./layer_probe.ts";
export type { ProbeMetrics } from "./metrics.ts";
export { probe, type ProbeOptions } from "./probe.ts";
export { type ProbePrediction, Probes } from "./probes.ts";
export { type Group, shuffledLabels, type Split } from "./split.ts";

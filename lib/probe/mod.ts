/**
 * Probes: how well a label can be read from the activations of each layer, and along which
 * direction; by linear probes, and by MLPs where a label is not linear in the activations.
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
export { MlpLayerProbe, type MlpWeights } from "./mlp_layer_probe.ts";
export { mlpProbe, type MlpProbeOptions, probe, type ProbeOptions } from "./probe.ts";
export { type ClassProbe, type ProbePrediction, Probes } from "./probes.ts";
export { type Group, shuffledLabels, type Split } from "./split.ts";

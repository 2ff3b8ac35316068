/**
 * Ablation: what a model does without some of its parts.
 *
 * @module
 */
export { allHeads } from "../model/plan/heads_and_neurons.ts";
export { ablate, type AblateOptions, type AblationKind } from "./ablate.ts";
export {
  type GreedyOptions,
  greedySet,
  type HeadSet,
  type HeadSetOptions,
  silenceSets,
} from "./greedy.ts";
export { scaleEdges, type ScaleEdgesOptions } from "./scale_edges.ts";
export { type RandomHeadOptions, randomHeadSets } from "./random_heads.ts";
export { type Part, sweep, type SweepOptions } from "./sweep.ts";
export {
  type HeadSweepOptions,
  type NeuronSweepOptions,
  sweepHeads,
  sweepNeurons,
} from "./sweep_heads.ts";

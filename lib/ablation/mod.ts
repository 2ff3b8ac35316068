/**
 * Ablation: what a model does without some of its parts.
 *
 * @module
 */
export { allHeads } from "../model/plan/heads_and_neurons.ts";
export { ablate, type AblateOptions, type AblationKind } from "./ablate.ts";
export type * from "./ablated_part.ts";
export * from "./greedy_set.ts";
export * from "./random_heads.ts";
export * from "./scale_edges.ts";
export {
  type HeadSet,
  type HeadSetOptions,
  type SilencedSetMetric,
  silenceSets,
} from "./silence_sets.ts";
export { sweep } from "./sweep.ts";
export * from "./sweep_heads.ts";
export type { SweepOptions } from "./sweep_options.ts";

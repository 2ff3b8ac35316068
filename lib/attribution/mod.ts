/** Attribution: what each part of a model, and each edge between parts, adds to a metric. @module */
export { circuit, type CircuitOptions } from "./circuit.ts";
export { direct, type DirectOptions } from "./direct.ts";
export { type EdgeOptions, edges } from "./edges.ts";
export { faithfulness, type FaithfulnessOptions } from "./faithfulness.ts";
export {
  type IntegratedGradients,
  integratedGradients,
  type IntegratedOptions,
} from "./integrated.ts";
export type {
  Contributions,
  Example,
  SummedContributions,
  TopNeuronOptions,
} from "./contributions.ts";
export { LogitAttribution } from "./logit_attribution.ts";
export * as patching from "./patching/mod.ts";

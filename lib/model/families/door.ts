/** Model families: the architectures that configurations describe. @module */
export { architectureOf, architectureOfCheckpoint, supportedFamilies } from "./mod.ts";
export { checkWeights } from "./weights.ts";

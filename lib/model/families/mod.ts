/** Model families: the architectures that configurations describe. @module */
export { architectureOf, architectureOfCheckpoint, supportedFamilies } from "./architecture_of.ts";
export type { FamilyContext } from "./config.ts";
export { checkWeights } from "./weights.ts";

/** Direct logit attribution: what each part of a model adds to its logits. @module */
export { direct, type DirectOptions } from "./direct.ts";
export { type Contributions, type Example, LogitAttribution, type TopNeuronOptions } from "./logit_attribution.ts";

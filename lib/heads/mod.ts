/** Attention heads: their weights, what they look at, how they compose, what they read and write. @module */
export {
  type HeadBiases,
  headBiases,
  type HeadWeights,
  headWeights,
  kvHeadOf,
  type WeightSource,
} from "./head_weights.ts";

/**
 * MLP neurons: the vectors that they read (keys) and write (values), which of them point along a
 * direction, which tokens they promote, how active they are, and what the model predicts without
 * them.
 *
 * @module
 */
export { type ActivationOptions, activationsOf } from "./activations.ts";
export { aucByNeuron, type NeuronAuc } from "./auc_by_neuron.ts";
export { type KeyCosine, keyCosines } from "./key_cosines.ts";
export { type ActiveNeuron, mostActive, type MostActiveOptions } from "./most_active.ts";
export {
  type Direction,
  nearestNeurons,
  type NearestNeuronsOptions,
  type NearNeuron,
} from "./nearest_neurons.ts";
export {
  countWords,
  nearestTokens,
  type NearestTokensOptions,
  type NeuronToken,
  type SignedVector,
  type WordCounts,
} from "./nearest_tokens.ts";
export { type Neuron, type Neurons, neuronsOf } from "./neuron_list.ts";
export { type RandomNeuronOptions, randomNeurons } from "./random_neurons.ts";
export { type NeuronSet, type Ranked, type SetOptions, setsBySize } from "./sets_by_size.ts";
export { sweepZeroed, type ZeroedReading, type ZeroingOptions } from "./sweep_zeroed.ts";
export { type KeyOptions, keyVectors, valueVectors, type VectorName } from "./vectors.ts";
export { type Written, writtenAlong } from "./written_along.ts";
export { effectsOf, type ZeroingEffect } from "./zeroing_effects.ts";

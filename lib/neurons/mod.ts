/**
 * MLPs neuron by neuron: the vectors that they read (keys) and write (values), which of them lie near a direction, what words
 * stand next to them, how active they are, and what becomes of the model without them.
 *
 * @module
 */
export { type ActivationOptions, activationsOf, aucByNeuron } from "./activations.ts";
export {
  mostActive,
  type MostActiveOptions,
  type RandomNeuronOptions,
  randomNeurons,
} from "./controls.ts";
export { effectsOf, writtenAlong } from "./effects.ts";
export { keyCosines } from "./keys.ts";
export { type Direction, nearestNeurons, type NearestNeuronsOptions } from "./nearest.ts";
export { type Neuron, type Neurons, pairsOf } from "./pairs.ts";
export { countWords, nearestTokens, type NearestTokensOptions } from "./tokens.ts";
export { type NeuronSet, type Ranked, type SetOptions, setsBySize } from "./sets.ts";
export { type KeyOptions, keyVectors, valueVectors } from "./vectors.ts";
export { sweepZeroed, type ZeroingOptions } from "./zeroing.ts";

/**
 * Patching: which activations carry what one prompt has and another has not.
 *
 * @module
 */
export { type Patch, patch, type PatchOptions, type PromptPairs } from "./activations.ts";
export {
  type HeadPatchOptions,
  heads,
  type NeuronPatchOptions,
  neurons,
  type PositionPatchOptions,
  positions,
} from "./sweeps.ts";
export { type PathOptions, paths, type Receiver } from "./paths.ts";

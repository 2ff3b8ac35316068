/**
 * Patching: which activations carry what one prompt has and another has not.
 *
 * @module
 */
export type { PromptPairs } from "../model/prompt_pairs.ts";
export { type Patch, patch, type PatchOptions } from "./activations.ts";
export {
  type HeadPatchOptions,
  heads,
  type NeuronPatchOptions,
  neurons,
  type PositionPatchOptions,
  positions,
} from "./sweeps.ts";
export { type PathOptions, paths, type Receiver } from "./paths.ts";

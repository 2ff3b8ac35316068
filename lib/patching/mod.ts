/**
 * Patching: which activations carry what a clean prompt has and a corrupted prompt does not.
 *
 * @module
 */
export type { PromptPairs } from "../model/prompt_pairs.ts";
export {
  type Patch,
  patch,
  type PatchEffect,
  type PatchOptions,
  type PatchTarget,
} from "./patch.ts";
export * from "./paths.ts";
export * from "./sweeps.ts";

/**
 * Patching: which activations carry the information in which a clean prompt differs from a
 * corrupted one.
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

/**
 * Lenses: which tokens the vectors of the residual stream promote, read as they are or carried to
 * the last layer first.
 *
 * @module
 */
export { classLens, type ClassLensOptions, type ClassReading } from "./classes.ts";
export { firstLayers, type FirstLayersOptions } from "./first_layers.ts";
export { jacobian, type JacobianOptions } from "./jacobian.ts";
export { jacobianLens } from "./jacobian_lens.ts";
export { type JacobianCorpus, Jacobians, type JacobianSummary } from "./jacobians.ts";
export {
  type LensProbability,
  type LensTables,
  type LensToken,
  logitLens,
  type LogitLensOptions,
} from "./logit_lens.ts";
export { nearest, type NearestOptions, type NearToken } from "./nearest.ts";
export type { TokenClasses } from "./token_classes.ts";

/** Lenses: what vectors of the residual stream say in words, as they are or carried to the last layer. @module */
export { classLens, type ClassOptions } from "./classes.ts";
export { type FirstLayerOptions, firstLayers } from "./first_layers.ts";
export { jacobian, jacobianLens, type JacobianOptions } from "./jacobian.ts";
export { type JacobianCorpus, Jacobians } from "./jacobians.ts";
export { type LensTables, logitLens, type LogitLensOptions } from "./logit_lens.ts";
export { nearest, type NearestOptions } from "./nearest.ts";

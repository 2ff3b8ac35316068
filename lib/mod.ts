/** The one door that notebooks, scripts and tests use. @module */
export * from "./base/errors.ts";
export * from "./base/progress.ts";
export * from "./base/random.ts";
export * from "./base/tensor.ts";
export type * from "./model/architecture.ts";
export * as countdown from "./tasks/countdown/mod.ts";
export * from "./checkpoint/checkpoint.ts";
export * from "./checkpoint/halves.ts";
export * from "./checkpoint/safetensors.ts";
export * from "./checkpoint/write_safetensors.ts";
export { architectureOf, architectureOfCheckpoint, supportedFamilies } from "./model/families/mod.ts";
export { checkWeights } from "./model/families/weights.ts";
export * from "./checkpoint/tokenizer.ts";
export { embeddedModels, findModel, type FindOptions } from "./checkpoint/find.ts";

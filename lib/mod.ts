/** The one door that notebooks, scripts and tests use. @module */
export * from "./base/errors.ts";
export * from "./base/progress.ts";
export * from "./base/random.ts";
export * from "./base/tensor.ts";
export type * from "./model/architecture.ts";

/** Checkpoints: finding them, reading and writing their files, tokenizers. @module */
export * from "./checkpoint.ts";
export { embeddedModels, findModel, type FindOptions } from "./find.ts";
export * from "./live_checkpoint.ts";
export * from "./safetensors.ts";
export * from "./tokenizer.ts";
export { type ModelFiles, writeModel } from "./write_model.ts";
export * from "./write_safetensors.ts";

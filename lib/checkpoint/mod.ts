/** Checkpoints: finding them, reading and writing their files, tokenizers. @module */
export { withAdapter } from "./adapter/open.ts";
export { type AdapterFiles, writeAdapter } from "./adapter/write.ts";
export type { Checkpoint, LiveAdapter, LiveProduct } from "./checkpoint.ts";
export { checkpointOfFiles, type FilesInMemory } from "./checkpoint_of_files.ts";
export type { FileStamp } from "./file_stamp.ts";
export { embeddedModels, findModel, type FindOptions } from "./find.ts";
export { liveCheckpoint } from "./live_checkpoint.ts";
export { openCheckpoint } from "./open.ts";
export { readSafetensorsHeader, type SafetensorsHeader } from "./safetensors/header.ts";
export type {
  StoredDtype,
  StoredTensor,
  TensorEntry,
  WeightDtype,
} from "./safetensors/stored_tensor.ts";
export { readWeight, type RowRange } from "./safetensors/weight.ts";
export * from "./safetensors/write.ts";
export { loadTokenizer, tokenizerOf } from "./tokenizer/load.ts";
export type * from "./tokenizer/tokenizer.ts";
export type { TokenizerContent } from "./tokenizer/tokenizer_file.ts";
export { type ModelFiles, writeModel } from "./write_model.ts";

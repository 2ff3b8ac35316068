import { checkArguments, is } from "../base/arguments.ts";
import { type Checkpoint, openFolder } from "./checkpoint.ts";
import { isGguf } from "./gguf/header.ts";
import { openGguf } from "./gguf/open.ts";

/**
 * Opens a model folder or a GGUF file: reads the configuration and the headers of the weight files,
 * but no weights. An adapter in the folder is left to `withAdapter`.
 *
 * @param path a folder in the Hugging Face layout, or a file whose name ends in `.gguf`.
 * @returns the opened checkpoint. The tensors of a GGUF file have the names that they have in a
 * folder.
 * @throws CircuitbookError if a file is missing or is not JSON, if a header contradicts its file,
 * or if a GGUF file has an architecture or a type that is not supported.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * assertEquals((await checkpoint.read("model.norm.weight")).length, 192);
 * ```
 */
export function openCheckpoint(path: string): Promise<Checkpoint> {
  checkArguments("openCheckpoint", { path: [path, is.text] });

  return isGguf(path) ? openGguf(path) : openFolder(path);
}

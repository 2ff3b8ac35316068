import { join } from "deno-std/path/mod.js";
import { checkArguments, is } from "../base/arguments.ts";
import { halvedTensors } from "./safetensors/halved_tensors.ts";
import { writeSafetensors } from "./safetensors/write.ts";
import { naming, writeWhole } from "./files.ts";
import { SINGLE_FILE } from "./weight_files.ts";

/** The content of a model folder. */
export interface ModelFiles {
  /** The content of `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The weights by name, f32, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The shape of each weight, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The content of `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** The content of `README.md`: the model card. */
  readonly card: string;
}

/**
 * Writes a model folder in the Hugging Face layout, which `loadModel` and transformers open:
 * `config.json`, `model.safetensors` in f16, `tokenizer.json` and `README.md`.
 *
 * @param folder the folder; it is created if it is missing, and files in it are replaced.
 * @param files the weights, the configuration, the tokenizer and the card.
 * @throws CircuitbookError if a weight is too large for f16, or if the folder cannot be written to.
 *
 * @example
 * ```ts
 * import { checkpoints, loadModel, recipes, training } from "circuitbook";
 *
 * const { config = {}, phases: [phase] = [], ...rest } = recipes.maxOfList;
 * const recipe = { ...rest, config, phases: [{ ...phase, length: { steps: 1 } }] };
 * const { learner: { weights, architecture: { shapes } } } = await training.train(recipe);
 * const folder = await Deno.makeTempDir();
 * const { tokenizer } = recipe;
 * const files = { config, weights, shapes, tokenizer, card: "# A toy" };
 * await checkpoints.writeModel(folder, files);
 * await loadModel(folder);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeModel(
  folder: string,
  files: ModelFiles,
): Promise<void> {
  checkArguments("writeModel", {
    folder: [folder, is.text],
    files: [files, is.like("the files of a model", "config", "weights", "shapes")],
  });

  const { config, weights, shapes, tokenizer, card } = files;
  const tensors = halvedTensors(weights, shapes);
  await naming("write", folder, () => Deno.mkdir(folder, { recursive: true }));
  await writeSafetensors(join(folder, SINGLE_FILE), tensors, { format: "pt" });
  await writeWhole(join(folder, "config.json"), toJson({ ...config, torch_dtype: "float16" }));
  await writeWhole(join(folder, "tokenizer.json"), toJson(tokenizer));
  await writeWhole(join(folder, "README.md"), card);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

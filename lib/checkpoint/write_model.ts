import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../base/errors.ts";
import { roundToF16 } from "./safetensors/halves.ts";
import { writeSafetensors } from "./safetensors/write.ts";
import { writeWhole } from "./files.ts";

/** What a model folder is made of. */
export interface ModelFiles {
  /** `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** f32 by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Shapes of the weights by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** `README.md`: the model card. */
  readonly card: string;
}

/**
 * Writes a model folder in the Hugging Face layout: `config.json`, `model.safetensors` in f16, `tokenizer.json` and
 * `README.md`. `loadModel` and transformers open it.
 *
 * @throws CircuitbookError when a weight is too large for f16, or the folder cannot be written to.
 *
 * @example
 * ```ts
 * import { checkpoints, loadModel, recipes, training } from "circuitbook";
 *
 * const { config, phases: [phase] = [], ...rest } = recipes.maxOfList;
 * const recipe = { ...rest, config, phases: [{ ...phase, length: { steps: 1 } }] };
 * const { learner: { weights, architecture: { shapes } } } = await training.train(recipe);
 * const folder = await Deno.makeTempDir();
 * await checkpoints.writeModel(folder, { config, weights, shapes, tokenizer: recipe.tokenizer, card: "# A toy" });
 * await loadModel(folder);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeModel(
  folder: string,
  { config, weights, shapes, tokenizer, card }: ModelFiles,
): Promise<void> {
  const tensors = [...shapes].map(([name, shape]) =>
    [name, { data: halved(name, weights.get(name)!), shape }] as const
  );
  const ordered = tensors.sort(([a], [b]) => a < b ? -1 : 1);
  try {
    await Deno.mkdir(folder, { recursive: true });
    await writeSafetensors(join(folder, "model.safetensors"), Object.fromEntries(ordered), {
      format: "pt",
    });
    await writeWhole(join(folder, "config.json"), toJson({ ...config, torch_dtype: "float16" }));
    await writeWhole(join(folder, "tokenizer.json"), toJson(tokenizer));
    await writeWhole(join(folder, "README.md"), card);
  } catch (error) {
    if (error instanceof CircuitbookError) throw error;
    throw new CircuitbookError(
      `Expected to write ${folder} but could not: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

function halved(name: string, values: Float32Array): Float16Array {
  try {
    return roundToF16(values);
  } catch (error) {
    throw new CircuitbookError(`${(error as Error).message} (weight "${name}")`, { cause: error });
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { fileSize } from "../files.ts";
import { readSafetensorsHeader } from "../safetensors/header.ts";
import { isWeight } from "../safetensors/stored_tensor.ts";
import { readWeight } from "../safetensors/weight.ts";
import { INDEX_FILE, SINGLE_FILE } from "../weight_files.ts";
import { ADAPTER_CONFIG, adapterWeights, readAdapterConfig } from "./config.ts";

/** The folder of an adapter, which names its base model. */
export interface AdapterFolder {
  /**
   * The name, folder or Hub id of the base model; the adapter's own folder if that holds the base
   * as well.
   */
  readonly base: string;
  /**
   * Returns the matrices, f32 by name.
   *
   * @param shapes the names and shapes that are expected.
   * @param settings the rank and alpha that are expected.
   * @throws CircuitbookError if the adapter has other matrices, another rank or another alpha.
   */
  weights(
    shapes: ReadonlyMap<string, readonly number[]>,
    settings: { readonly rank: number; readonly alpha: number },
  ): Promise<Map<string, Float32Array<ArrayBuffer>>>;
}

/** Returns whether a path is the folder of an adapter, alone or beside a whole model. */
export async function isAdapterFolder(path: string): Promise<boolean> {
  return await fileSize(join(path, ADAPTER_CONFIG)) !== undefined;
}

/**
 * Opens the folder of an adapter. If the folder holds a model as well, that model is the base, even
 * if the adapter names another model. `from_pretrained` of transformers does the same.
 *
 * @returns the adapter; undefined if the path is something else.
 * @throws CircuitbookError if the adapter is of a kind that is not supported, if it names no base
 * model, or if the folder has the configuration of a model without its weights.
 */
export async function openAdapterFolder(path: string): Promise<AdapterFolder | undefined> {
  if (!await isAdapterFolder(path)) return undefined;
  const { config, text } = await readAdapterConfig(path);
  const base = await baseOf(path, JSON.parse(text).base_model_name_or_path);
  return {
    base,
    weights: async (shapes, { rank, alpha }) => {
      if (config.r !== rank || config.lora_alpha !== alpha) {
        throw new CircuitbookError(
          `Expected an adapter of rank ${rank} and alpha ${alpha} but found rank ${config.r} and alpha ` +
            `${config.lora_alpha} in ${path}.`,
        );
      }
      return await matrices(path, shapes);
    },
  };
}

/**
 * Returns the base model of an adapter's folder.
 *
 * @param named what the adapter names as its base.
 */
async function baseOf(path: string, named: unknown): Promise<string> {
  // A folder without a model is no base, even if the adapter names its own folder.
  const hasBase = typeof named === "string" && named !== "" && named !== path;
  if (await fileSize(join(path, "config.json")) !== undefined) {
    const weights = await Promise.all(
      [SINGLE_FILE, INDEX_FILE].map((f) => fileSize(join(path, f))),
    );
    if (weights.some((size) => size !== undefined)) return path;
    throw new CircuitbookError(
      `Expected the weights of a base model in ${path}, because a config.json is beside the ${ADAPTER_CONFIG}, but found ` +
        `neither ${SINGLE_FILE} nor ${INDEX_FILE}; give the adapter to its base, loadModel(${
          hasBase ? JSON.stringify(named) : "base"
        }, { adapter: ${JSON.stringify(path)} }), or remove config.json.`,
    );
  }
  if (hasBase) return named;
  throw new CircuitbookError(
    `Expected the name of a base model as "base_model_name_or_path" but found ${shown(named)} in ${
      join(path, ADAPTER_CONFIG)
    }; give the adapter to its base: loadModel(base, { adapter }).`,
  );
}

async function matrices(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const { tensors } = await readSafetensorsHeader(await adapterWeights(path));
  const read = [...shapes].map(async ([name, shape]) => {
    const tensor = tensors.get(name);
    if (!tensor || !isWeight(tensor) || tensor.shape.join() !== shape.join()) {
      const found = tensor ? `[${tensor.shape.join(", ")}]` : "none";
      throw new CircuitbookError(
        `Expected "${name}" of shape [${shape.join(", ")}] but found ${found} in ${path}.`,
      );
    }
    return [name, await readWeight(tensor)] as const;
  });
  if (tensors.size !== shapes.size) {
    throw new CircuitbookError(
      `Expected ${shapes.size} matrices of an adapter but found ${tensors.size} in ${path}; ` +
        "train the modules that this adapter has.",
    );
  }
  return new Map(await Promise.all(read));
}

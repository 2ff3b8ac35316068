import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { fileSize } from "../files.ts";
import { readSafetensorsHeader } from "../safetensors/header.ts";
import { isWeight } from "../safetensors/stored_tensor.ts";
import { readWeight } from "../safetensors/weight.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, readAdapterConfig } from "./config.ts";

/** The folder of an adapter, which names its base model. */
export interface AdapterFolder {
  /** The name, folder or Hub id of the base model. */
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

/** Returns whether a path is the folder of an adapter, and not of a whole model. */
export async function isAdapterFolder(path: string): Promise<boolean> {
  const [own, whole] = await Promise.all(
    [ADAPTER_CONFIG, "config.json"].map((file) => fileSize(join(path, file))),
  );
  return own !== undefined && whole === undefined;
}

/**
 * Opens the folder of an adapter.
 *
 * @returns the adapter; undefined if the path is something else.
 * @throws CircuitbookError if the adapter is of a kind that is not supported, or if it names no base model.
 */
export async function openAdapterFolder(path: string): Promise<AdapterFolder | undefined> {
  if (!await isAdapterFolder(path)) return undefined;
  const { config, text } = await readAdapterConfig(path);
  const base: unknown = JSON.parse(text).base_model_name_or_path;
  if (typeof base !== "string" || !base) {
    throw new CircuitbookError(
      `Expected the name of a base model as "base_model_name_or_path" but found ${
        shown(base)
      } in ` +
        `${
          join(path, ADAPTER_CONFIG)
        }; give the adapter to its base: loadModel(base, { adapter }).`,
    );
  }
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

async function matrices(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const { tensors } = await readSafetensorsHeader(join(path, ADAPTER_WEIGHTS));
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

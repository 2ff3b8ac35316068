import { isAbsolute, resolve } from "deno-std/path/mod.js";
import { runtimeVersion } from "../../model/engine/runtime.ts";
import type { Model } from "../../model/model.ts";
import { commitOf, libraryVersion } from "../claims/run.ts";
import { type ModelRecord, RECORD_VARIABLE } from "./record.ts";

/** How a model was asked for. */
export interface Asked {
  /** Whether the notebook is about the model, or compares the model with this base. */
  readonly role: ModelRecord["role"];
  /** A name, a Hub id or a path. */
  readonly name: string;
  /** The folder of a LoRA adapter, if any. */
  readonly adapter?: string;
  /** The attributes that were left out of the model's `config.json`, if any. */
  readonly ignoreConfig?: readonly string[];
}

/**
 * Tells the report that runs this notebook which model was loaded, from which weights, and what
 * computes it. Outside a report nothing is done.
 */
export async function recordModel(
  model: Model,
  { role, name, adapter, ignoreConfig = [] }: Asked,
): Promise<void> {
  const path = Deno.env.get(RECORD_VARIABLE);
  if (!path) return;
  const record: ModelRecord = {
    role,
    asked: isPath(name, model) ? resolve(name) : name,
    adapter: adapter === undefined ? null : resolve(adapter),
    ignored: [...ignoreConfig],
    name: model.name,
    hash: await model.checkpoint.hash(),
    device: model.device,
    dtype: model.dtype,
    commit: await commitOf(),
    versions: {
      circuitbook: await libraryVersion(),
      deno: Deno.version.deno,
      onnxruntime: runtimeVersion(),
    },
  };
  await Deno.writeTextFile(path, JSON.stringify(record) + "\n", { append: true });
}

/** Returns whether a model was asked for by a path. */
function isPath(name: string, { checkpoint }: Model): boolean {
  return isAbsolute(name) || name.startsWith(".") || resolve(name) === resolve(checkpoint.folder);
}

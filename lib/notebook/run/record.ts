import { isAbsolute, resolve } from "deno-std/path/mod.js";
import { z } from "zod";
import { readText } from "../../checkpoint/files.ts";
import { runtimeVersion } from "../../model/engine/runtime.ts";
import type { Model } from "../../model/model.ts";
import { commitOf, libraryVersion } from "../claims/run.ts";

/** The environment variable that names the file in which the cells of a report leave records. */
export const RECORD_VARIABLE = "CIRCUITBOOK_RECORD";

/** The versions that a run computed with. */
export const VERSIONS = z.object({
  circuitbook: z.string(),
  deno: z.string(),
  onnxruntime: z.string(),
});

const RECORD = z.object({
  role: z.enum(["model", "base"]),
  /** What the model was asked for by: a name, a Hub id or a whole path. */
  asked: z.string(),
  /** The whole path of the adapter that was merged with the weights. */
  adapter: z.string().nullable(),
  name: z.string(),
  hash: z.string(),
  device: z.string(),
  dtype: z.string(),
  commit: z.string(),
  versions: VERSIONS,
});

/** What the cells of a notebook say about a model that they loaded. */
export type ModelRecord = z.infer<typeof RECORD>;

/** How a model was asked for. */
export interface Asked {
  /** Whether the notebook is about the model, or compares the model with this base. */
  readonly role: ModelRecord["role"];
  /** A name, a Hub id or a path. */
  readonly name: string;
  /** The folder of a LoRA adapter, if any. */
  readonly adapter?: string;
}

/**
 * Tells the report that runs this notebook which model was loaded, from which weights, and what computes it. Outside a
 * report nothing is done.
 */
export async function recordModel(model: Model, { role, name, adapter }: Asked): Promise<void> {
  const path = Deno.env.get(RECORD_VARIABLE);
  if (!path) return;
  const record: ModelRecord = {
    role,
    asked: isPath(name, model) ? resolve(name) : name,
    adapter: adapter === undefined ? null : resolve(adapter),
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

/** Returns what the cells of a report have left in a file; an empty list if they loaded no model. */
export async function readRecords(path: string): Promise<ModelRecord[]> {
  const lines = (await readText(path) ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line) => RECORD.parse(JSON.parse(line)));
}

/** Returns whether a model was asked for by a path. */
function isPath(name: string, { checkpoint }: Model): boolean {
  return isAbsolute(name) || name.startsWith(".") || resolve(name) === resolve(checkpoint.folder);
}

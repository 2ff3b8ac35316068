import { isAbsolute, join, normalize } from "@std/path";
import { z } from "zod";
import { createHash } from "node:crypto";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { readSafetensorsHeader, readWeight, type StoredTensor, type TensorEntry } from "./safetensors.ts";

/** A model folder in the Hugging Face layout, opened: its configuration, and where its tensors stand. */
export interface Checkpoint {
  folder: string;
  /** `config.json`, not yet checked. */
  config: unknown;
  /** `generation_config.json`, not yet checked; undefined when there is none. */
  generationConfig: unknown;
  /** The tensors whose dtype weights may have, by name. */
  tensors: ReadonlyMap<string, TensorEntry>;
  /** Tensors of another dtype: masks and other buffers, or weights that are not supported. */
  otherTensors: ReadonlyMap<string, StoredTensor>;
  /** The values of a tensor as float32, row-major. @throws CircuitbookError when there is no such tensor. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /**
   * SHA-256 of the weights in hexadecimal, computed at the first call. One file: what `sha256sum` says and the Hub
   * shows; shards: the hash of their hashes (32 bytes each) in the order of their names.
   */
  hash(): Promise<string>;
}

const SINGLE_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/**
 * Opens a model folder: reads `config.json` and the headers of the safetensors files, no weights.
 *
 * @throws CircuitbookError when a file is missing, is no JSON, or its header lies.
 *
 * @example
 * ```ts
 * import { openCheckpoint } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await openCheckpoint("data/models/countdown-r1");
 * assertEquals((await checkpoint.read("model.norm.weight")).length, 192);
 * ```
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined) {
    throw new CircuitbookError(`Expected a model folder with a config.json but found none in ${folder}.`);
  }
  const generationConfig = await readJson(join(folder, "generation_config.json"));
  const files = await weightFiles(folder);
  const tensors = new Map<string, TensorEntry>(), otherTensors = new Map<string, StoredTensor>();
  for (
    const [path, header] of await Promise.all(
      files.map(async (path) => [path, await readSafetensorsHeader(path)] as const),
    )
  ) {
    for (const tensor of header.tensors.values()) {
      if (tensors.has(tensor.name) || otherTensors.has(tensor.name)) {
        throw new CircuitbookError(`Expected each tensor once but found "${tensor.name}" again in ${path}.`);
      }
      if (isWeight(tensor)) tensors.set(tensor.name, tensor);
      else otherTensors.set(tensor.name, tensor);
    }
  }
  let hash: Promise<string> | undefined;
  return {
    ...{ folder, config, generationConfig, tensors, otherTensors },
    read: (name) => readWeight(find(name, tensors, otherTensors, folder)),
    hash: () => hash ??= hashFiles(files),
  };
}

/**
 * The parsed content of a JSON file, or undefined when there is no such file.
 *
 * @throws CircuitbookError when the file is no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new CircuitbookError(`Expected to read ${path} but could not: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CircuitbookError(`Expected JSON in ${path} but found ${JSON.stringify(text.slice(0, 40))}.`, {
      cause: error,
    });
  }
}

/**
 * The shard files that an index names, sorted, each once.
 *
 * @throws CircuitbookError when the index is none, or names a file outside its folder.
 */
export function shardNames(index: unknown, path: string): string[] {
  const parsed = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(index);
  if (!parsed.success) throw new CircuitbookError(`Expected a "weight_map" of tensor names to files in ${path}.`);
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  if (!names.length) throw new CircuitbookError(`Expected at least one shard in ${path} but found none.`);
  const outside = names.find((name) => !staysInside(name));
  if (outside !== undefined) {
    throw new CircuitbookError(`Expected shards inside the model's folder but found "${outside}" in ${path}.`);
  }
  return names;
}

/** Whether a relative file name stays in its folder: not absolute, no way up, no drive, no backslash. */
export function staysInside(name: string): boolean {
  if (!name || name.includes("\\") || name.includes("\0") || /^[A-Za-z]:/.test(name) || isAbsolute(name)) return false;
  return !normalize(name).split("/").includes("..") && !name.split("/").includes("..");
}

async function weightFiles(folder: string): Promise<string[]> {
  const single = join(folder, SINGLE_FILE), indexPath = join(folder, INDEX_FILE);
  if (await exists(single)) return [single];
  const index = await readJson(indexPath);
  if (index === undefined) {
    throw new CircuitbookError(`Expected ${SINGLE_FILE} or ${INDEX_FILE} in ${folder} but found neither.`);
  }
  const names = shardNames(index, indexPath);
  for (const name of names) {
    if (!await exists(join(folder, name))) {
      throw new CircuitbookError(`Expected the shard "${name}" that ${indexPath} names but found no such file.`);
    }
  }
  return names.map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

function isWeight(tensor: StoredTensor): tensor is TensorEntry {
  return tensor.dtype === "F32" || tensor.dtype === "F16" || tensor.dtype === "BF16";
}

function find(
  name: string,
  tensors: ReadonlyMap<string, TensorEntry>,
  others: ReadonlyMap<string, StoredTensor>,
  folder: string,
): TensorEntry {
  const tensor = tensors.get(name);
  if (tensor) return tensor;
  const other = others.get(name);
  if (other) {
    throw new CircuitbookError(
      `Expected F32, F16 or BF16 for tensor "${name}" but found ${other.dtype} in ${other.file}.`,
    );
  }
  throw new CircuitbookError(
    `Expected a tensor of ${folder} but found "${name}"; nearest: ${nearestNames(name, tensors.keys()).join(", ")}.`,
  );
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const digests: Uint8Array[] = [];
  for (const path of files) {
    const hash = createHash("sha256");
    using file = await Deno.open(path);
    const chunk = new Uint8Array(1 << 20);
    for (let count; (count = await file.read(chunk)) !== null;) hash.update(chunk.subarray(0, count));
    digests.push(hash.digest());
  }
  if (digests.length === 1) return hex(digests[0]);
  const all = createHash("sha256");
  for (const digest of digests) all.update(digest);
  return all.digest("hex");
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

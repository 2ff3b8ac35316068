import { createHash } from "node:crypto";
import { join } from "deno-std/path/mod.js";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { readJson } from "./files.ts";
import {
  readSafetensorsHeader,
  readWeight,
  type RowRange,
  type StoredTensor,
  type TensorEntry,
} from "./safetensors.ts";
import { weightFiles } from "./shards.ts";

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
  /** Weights that are in memory and may change: every run is fed the present ones. Undefined where they are in files. */
  live?: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /**
   * The values of a tensor as float32, row-major; with `rows`, only those of its first axis.
   *
   * @throws CircuitbookError when there is no such tensor, or it has no such rows.
   */
  read(name: string, rows?: RowRange): Promise<Float32Array<ArrayBuffer>>;
  /**
   * SHA-256 of the weights in hexadecimal, computed at the first call. One file: what `sha256sum` says and the Hub
   * shows; shards: the hash of their hashes (32 bytes each) in the order of their names.
   */
  hash(): Promise<string>;
}

/**
 * Opens a model folder: reads `config.json` and the headers of the safetensors files, no weights.
 *
 * @throws CircuitbookError when a file is missing, is no JSON, or its header lies.
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
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined) {
    throw new CircuitbookError(
      `Expected a model folder with a config.json but found none in ${folder}.`,
    );
  }
  const generationConfig = await readJson(join(folder, "generation_config.json"));
  const files = await weightFiles(folder);
  const tensors = new Map<string, TensorEntry>();
  const otherTensors = new Map<string, StoredTensor>();
  for (
    const [path, header] of await Promise.all(
      files.map(async (path) => [path, await readSafetensorsHeader(path)] as const),
    )
  ) {
    for (const tensor of header.tensors.values()) {
      if (tensors.has(tensor.name) || otherTensors.has(tensor.name)) {
        throw new CircuitbookError(
          `Expected each tensor once but found "${tensor.name}" again in ${path}.`,
        );
      }
      if (isWeight(tensor)) tensors.set(tensor.name, tensor);
      else otherTensors.set(tensor.name, tensor);
    }
  }
  let hash: Promise<string> | undefined;
  return {
    folder,
    config,
    generationConfig,
    tensors,
    otherTensors,
    read: async (name, rows) => await readWeight(find(name, tensors, otherTensors, folder), rows),
    hash: () => hash ??= hashFiles(files),
  };
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
    `Expected a tensor of ${folder} but found "${name}"; nearest: ${
      nearestNames(name, tensors.keys()).join(", ")
    }.`,
  );
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const digests: Uint8Array[] = [];
  for (const path of files) {
    const hash = createHash("sha256");
    using file = await Deno.open(path);
    const chunk = new Uint8Array(1 << 20);
    for (let count; (count = await file.read(chunk)) !== null;) {
      hash.update(chunk.subarray(0, count));
    }
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

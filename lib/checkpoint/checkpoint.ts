import { join } from "deno-std/path/mod.js";
import { is } from "../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { hashFiles, verifyStamp } from "./file_stamp.ts";
import { readJson } from "./files.ts";
import { readSafetensorsHeader } from "./safetensors/header.ts";
import { isWeight, type StoredTensor, type TensorEntry } from "./safetensors/stored_tensor.ts";
import {
  firstNonFinite,
  firstNonFiniteIn,
  readWeight,
  type RowRange,
} from "./safetensors/weight.ts";
import type { TokenizerContent } from "./tokenizer/tokenizer_file.ts";
import { weightFiles } from "./weight_files.ts";
import { product } from "../base/lists.ts";

/**
 * An opened model folder in the Hugging Face layout, or an opened GGUF file: the configuration, and
 * the places of the tensors. Weights stay in their files until they are read.
 */
export interface Checkpoint {
  /** The model folder, or the GGUF file. */
  folder: string;
  /**
   * The content of `config.json`, not yet checked; for a GGUF file, the `config.json` that is
   * derived from its notes.
   */
  config: unknown;
  /**
   * The content of `generation_config.json`, not yet checked; undefined if there is no such file.
   */
  generationConfig: unknown;
  /** The tensors whose dtype weights may have, by name. */
  tensors: ReadonlyMap<string, TensorEntry>;
  /** Tensors of another dtype: masks and other buffers, or weights that are not supported. */
  otherTensors: ReadonlyMap<string, StoredTensor>;
  /**
   * Weights that are in memory and may change: every run is fed their present values. Undefined if
   * the weights are in files.
   */
  live?: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /**
   * The weight files, if they are in memory: the bytes of each, by the name that its tensors give
   * their file. Undefined if the weight files are on a disk.
   */
  bytes?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /**
   * An adapter in memory whose products every run adds to the weights in the files. Undefined if
   * there is none, or if an adapter was merged with the weights at reading.
   */
  adapter?: LiveAdapter;
  /**
   * The tokenizer that a GGUF file holds; undefined if the tokenizer is in files of the model
   * folder.
   */
  tokenizer?: TokenizerContent;
  /**
   * Notes for the user on how the weights differ from plain files: `GGUF: Q4_1, Q8_0`, or the name
   * of an adapter.
   */
  notes?: readonly string[];
  /**
   * Returns the values of a tensor as float32, row-major.
   *
   * @param name the name of the tensor: `model.norm.weight`.
   * @param rows the rows of the first axis to read. Default: all.
   * @returns one number for each element.
   * @throws CircuitbookError if there is no such tensor, if it has no such rows, or if a weight
   * file has changed.
   */
  read(name: string, rows?: RowRange): Promise<Float32Array<ArrayBuffer>>;
  /**
   * Returns the SHA-256 of the weights in hexadecimal; it is computed at the first call. For one
   * file the value is what `sha256sum` prints and what the Hub shows; for shards it is the hash of
   * their hashes (32 bytes each), in the order of their file names. For a model with an adapter it
   * is the hash of the base's hash, of the hash of `adapter_model.safetensors` and of the hash of
   * `adapter_config.json`.
   *
   * @returns 64 hexadecimal digits.
   * @throws CircuitbookError if a weight file has changed.
   */
  hash(): Promise<string>;
  /**
   * Compares the size, the time of the last modification and the inode of each weight file with
   * their values when the checkpoint was opened. The comparison takes a few microseconds a file.
   *
   * @throws CircuitbookError if a file was replaced, rewritten, cut or deleted; the message names
   * it.
   */
  verifyUnchanged(): void;
}

/** The matrices of an adapter that are added to one weight. */
export interface LiveProduct {
  /** The name of the matrix [rank, in]. */
  readonly a: string;
  /** The name of the matrix [out, rank]. */
  readonly b: string;
  /** The factor of the product B A. */
  readonly scaling: number;
}

/**
 * A LoRA adapter in memory, such as one in training. The weights of its base stay as they are;
 * every run adds the scaled products of the adapter's present matrices.
 */
export interface LiveAdapter {
  /** The model without the adapter. */
  readonly base: Checkpoint;
  /** The matrices, f32 by their name in PEFT's format, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  /** The shapes of the matrices, by name. */
  readonly shapes: ReadonlyMap<string, readonly [number, number]>;
  /** The matrices of each weight that the adapter changes, by the name of the weight. */
  readonly products: ReadonlyMap<string, LiveProduct>;
}

/**
 * Up to this many bytes, weights are read at load to find numbers that are not finite. Reading
 * larger ones would take longer than loading the model: they are read when a result is not finite.
 */
export const SMALL_MODEL_BYTES = 256e6;

/**
 * Opens a model folder: reads `config.json` and the headers of the safetensors files, but no
 * weights.
 *
 * @throws CircuitbookError if a file is missing or is not JSON, or if a header contradicts its
 * file.
 */
export async function openFolder(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, "config.json"));
  if (config === undefined) {
    throw new CircuitbookError(
      `Expected a model folder with a config.json but found none in ${folder}.`,
    );
  }
  const generationConfig = await readJson(join(folder, "generation_config.json"));
  const files = await weightFiles(folder);
  const headers = await Promise.all(files.map(readSafetensorsHeader));
  const { tensors, otherTensors } = sorted(
    headers.flatMap((header) => [...header.tensors.values()]),
  );
  const stamps = headers.map(({ stamp }) => stamp);
  const verifyUnchanged = () => stamps.forEach(verifyStamp);
  let hash: Promise<string> | undefined;
  return {
    folder,
    config,
    generationConfig,
    tensors,
    otherTensors,
    read: async (name, rows) => {
      const tensor = findTensor(name, { tensors, otherTensors, folder });
      verifyUnchanged();
      return await readWeight(tensor, rows);
    },
    hash: async () => {
      verifyUnchanged();
      return await (hash ??= hashFiles(stamps));
    },
    verifyUnchanged,
  };
}

/**
 * Refuses weights that are NaN or infinite.
 *
 * @param names the tensors that the model uses.
 * @param maxBytes nothing is read if these tensors are larger together.
 * @throws CircuitbookError if a weight is not finite; names the tensor and the element.
 */
export async function verifyFinite(
  checkpoint: Checkpoint,
  names: Iterable<string>,
  maxBytes = Infinity,
): Promise<void> {
  const { tensors } = checkpoint;
  const used = [...names].flatMap((name) => tensors.get(name) ?? []);
  if (used.reduce((sum, tensor) => sum + bytesToRead(tensor), 0) > maxBytes) return;
  for (const tensor of used) {
    // Bytes in memory have no file to open, and converted numbers are not the stored ones.
    const isStored = tensor.conversion === undefined && !checkpoint.bytes;
    const index = isStored
      ? await firstNonFinite(tensor)
      : firstNonFiniteIn((await checkpoint.read(tensor.name)).buffer, "F32");
    if (index === undefined) continue;
    const value = (await checkpoint.read(tensor.name))[index];
    throw new CircuitbookError(
      `Expected finite weights but found ${value} in "${tensor.name}" at [${
        indicesOf(index, tensor.shape)
      }] in ${tensor.file}; fetch the file again, or train the model without the overflow.`,
    );
  }
}

/**
 * Returns how much is read to look at a tensor: its bytes, or its numbers as f32 if they are
 * converted.
 */
function bytesToRead({ byteLength, conversion, shape }: TensorEntry): number {
  return conversion === undefined ? byteLength : 4 * product(shape);
}

/** Returns the index along each axis of an element of a row-major tensor. */
function indicesOf(element: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  let rest = element;
  for (const length of shape.toReversed()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices;
}

/**
 * Returns the tensors of all files by name: those that may be weights, and the others.
 *
 * @throws CircuitbookError if two files hold a tensor of one name.
 */
export function sorted(
  found: readonly StoredTensor[],
): { tensors: Map<string, TensorEntry>; otherTensors: Map<string, StoredTensor> } {
  const tensors = new Map<string, TensorEntry>();
  const otherTensors = new Map<string, StoredTensor>();
  for (const tensor of found) {
    if (tensors.has(tensor.name) || otherTensors.has(tensor.name)) {
      throw new CircuitbookError(
        `Expected each tensor once but found "${tensor.name}" again in ${tensor.file}; remove files of another model from the folder.`,
      );
    }
    if (isWeight(tensor)) tensors.set(tensor.name, tensor);
    else otherTensors.set(tensor.name, tensor);
  }
  return { tensors, otherTensors };
}

/**
 * Returns a tensor by its name.
 *
 * @throws CircuitbookError if there is no such tensor, or if weights may not have its dtype.
 */
export function findTensor(
  name: string,
  { tensors, otherTensors, folder }: Pick<Checkpoint, "tensors" | "otherTensors" | "folder">,
): TensorEntry {
  const tensor = tensors.get(name);
  if (tensor) return tensor;
  const other = otherTensors.get(name);
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

/** The kind of an argument that is a {@link Checkpoint}. */
export const aCheckpoint = is.like("a checkpoint", "folder", "tensors");

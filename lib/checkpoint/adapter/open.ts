import { basename, resolve } from "deno-std/path/mod.js";
import { createHash } from "node:crypto";
import { checkArguments, is } from "../../base/arguments.ts";
import { aCheckpoint } from "../checkpoint.ts";
import { type Checkpoint, findTensor } from "../checkpoint.ts";
import { hashFiles, hashOfHashes, verifyStamp } from "../file_stamp.ts";
import { readSafetensorsHeader } from "../safetensors/header.ts";
import { readWeight, type RowRange } from "../safetensors/weight.ts";
import { type Addition, changesOf } from "./changes.ts";
import { adapterWeights, readAdapterConfig } from "./config.ts";
import { addProduct } from "./product.ts";
import { tiedWeights } from "./tied.ts";

/**
 * Returns a checkpoint whose weights are those of a base model, merged with a LoRA adapter when
 * they are read: W + scaling · B A (Hu et al. 2021, arXiv 2106.09685; as `merge_and_unload` of
 * PEFT, in f32).
 *
 * @param base the opened base model.
 * @param folder a folder in PEFT's format: `adapter_config.json` and `adapter_model.safetensors`.
 * @returns a checkpoint with the base's names and shapes; nothing is written to disk.
 * @throws CircuitbookError if a file is missing, if the adapter does not fit the base, or if its
 * configuration asks for something that is not supported, such as DoRA.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const base = await checkpoints.openCheckpoint("tests/data/checkpoints/llama_single");
 * const merged = await checkpoints.withAdapter(base, "tests/data/adapters/patterns");
 * assertEquals(merged.tensors.size, base.tensors.size);
 * ```
 */
export async function withAdapter(base: Checkpoint, folder: string): Promise<Checkpoint> {
  checkArguments("withAdapter", {
    base: [base, aCheckpoint],
    folder: [folder, is.text],
  });

  const { config, text } = await readAdapterConfig(folder);
  const path = await adapterWeights(folder);
  const { tensors: stored, stamp } = await readSafetensorsHeader(path);
  const changes = await changesOf(base, config, stored.values(), path);
  const name = basename(resolve(folder));
  const tied = tiedWeights(base).some((weight) => changes.get(weight)?.kind === "add");
  const tiedNote =
    `adapter ${name}: its product for the embedding also changes the tied unembedding, as PEFT's merge_and_unload does; ` +
    "PEFT's model before merging changes the embedding alone";
  if (tied) console.warn(`${base.folder}: ${tiedNote}.`);
  const tensors = new Map(
    [...base.tensors].map(([key, tensor]) => [
      key,
      changes.has(key)
        ? { ...tensor, dtype: "F32" as const, conversion: `merged with the adapter ${name}` }
        : tensor,
    ]),
  );
  const { otherTensors } = base;
  const verifyUnchanged = () => {
    base.verifyUnchanged();
    verifyStamp(stamp);
  };
  let hash: Promise<string> | undefined;
  const hashes = async () => {
    const ofConfig = createHash("sha256").update(text).digest("hex");
    return hashOfHashes([await base.hash(), await hashFiles([stamp]), ofConfig]);
  };
  return {
    ...base,
    tensors,
    notes: [
      ...base.notes ?? [],
      `adapter ${name}: LoRA of rank ${config.r}, ${changes.size} weights changed`,
      ...tied ? [tiedNote] : [],
    ],
    read: async (key, rows) => {
      findTensor(key, { tensors, otherTensors, folder: base.folder });
      verifyUnchanged();
      const change = changes.get(key);
      if (!change) return await base.read(key, rows);
      return change.kind === "replace"
        ? await readWeight(change.by, rows)
        : await added(base, key, change, rows);
    },
    hash: async () => {
      verifyUnchanged();
      return await (hash ??= hashes());
    },
    verifyUnchanged,
  };
}

/** Returns rows of a weight with what an adapter adds to them. */
async function added(
  base: Checkpoint,
  name: string,
  { a, b, scaling, transposed, to: copy }: Addition,
  rows: RowRange | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  const { shape: [count] } = base.tensors.get(name)!;
  const { from, to } = rows ?? { from: 0, to: count };
  const weight = copy ? await readWeight(copy, rows) : await base.read(name, rows);
  const [first, second] = await Promise.all([readWeight(a), readWeight(b)]);
  const product = { a: first, b: second, rank: a.shape[0], scaling, transposed };
  addProduct(weight, product, { from, to, count });
  return weight;
}

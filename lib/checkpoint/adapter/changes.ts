import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { isWeight, type StoredTensor, type TensorEntry } from "../safetensors/stored_tensor.ts";
import { type AdapterConfig, rankOf, scalingOf } from "./config.ts";
import {
  type Copy,
  isEmbeddingOrUnembedding,
  isUnembedding,
  replacedWeights,
  TIED_HEAD,
  tiedWeights,
} from "./tied.ts";

/** A product of two matrices that is added to a weight. */
export interface Addition {
  readonly kind: "add";
  /** [rank, in], or [rank, vocab] for an embedding. */
  readonly a: TensorEntry;
  /** [out, rank], or [d_model, rank] for an embedding. */
  readonly b: TensorEntry;
  readonly scaling: number;
  /** Whether the weight is stored [in, out]: GPT-2's matrices, and every embedding. */
  readonly transposed: boolean;
  /** The weight that the product is added to, if the adapter's file holds a copy of that weight. */
  readonly to?: TensorEntry;
}

/** What an adapter does to one weight of its base model. */
export type Change = Addition | { readonly kind: "replace"; readonly by: TensorEntry };

/** The two matrices of a product. */
interface Pair {
  a?: TensorEntry;
  b?: TensorEntry;
  readonly embedding: boolean;
}

/** The prefix of the base model's names in PEFT's files. */
const PREFIX = "base_model.model.";

/**
 * Returns what an adapter does to each weight that it changes, by the weight's name.
 *
 * @param stored the tensors of `adapter_model.safetensors`.
 * @param path the file, for messages.
 * @throws CircuitbookError if a tensor belongs to no weight of the base model, has another shape,
 * or is of a kind that is not supported.
 */
export async function changesOf(
  base: Checkpoint,
  config: AdapterConfig,
  stored: Iterable<StoredTensor>,
  path: string,
): Promise<Map<string, Change>> {
  const copies = new Map<string, Copy>();
  const pairs = new Map<string, Pair>();
  for (const tensor of stored) {
    if (!isWeight(tensor) || !tensor.name.startsWith(PREFIX)) throw unknown(tensor, path);
    const name = tensor.name.slice(PREFIX.length);
    const [, module, embedding, half] =
      /^(.*)\.lora_(embedding_)?([AB])(?:\.default)?(?:\.weight)?$/.exec(name) ?? [];
    if (module === undefined) {
      const [weight, copy] = copyOf(base, config, tensor, name, path);
      copies.set(weight, copy);
      continue;
    }
    const pair = pairs.get(module) ?? { embedding: embedding !== undefined };
    pair[half === "A" ? "a" : "b"] = tensor;
    pairs.set(module, pair);
  }
  const replaced = await replacedWeights(base, copies, path);
  const changes = new Map<string, Change>(
    [...replaced].map(([name, by]) => [name, { kind: "replace", by }]),
  );
  const tied = tiedWeights(base);
  for (const [module, pair] of pairs) {
    const [name, addition] = additionOf(base, config, module, pair, path);
    // A product for a tied embedding also changes a stored copy of the embedding.
    for (const one of tied.includes(name) ? tied : [name]) {
      changes.set(one, { ...addition, to: replaced.get(name) });
    }
  }
  return changes;
}

/** Returns the weight that a pair of matrices changes, by its name, with the change. */
function additionOf(
  base: Checkpoint,
  config: AdapterConfig,
  module: string,
  { a, b, embedding }: Pair,
  path: string,
): [string, Addition] {
  if (!a || !b) throw unknown((a ?? b)!, path);
  const name = `${module}.weight`;
  const unembedding = isUnembedding(name);
  if (unembedding && tiedWeights(base).length) throw unembeddingAlone(base, module, path);
  const weight = weightOf(base, name, a, path);
  const transposed = embedding || isGpt2(base) && !unembedding;
  const [outputs, inputs] = transposed ? weight.shape.toReversed() : weight.shape;
  const rank = rankOf(config, module);
  verifyShape(a, [rank, inputs], weight, path);
  verifyShape(b, [outputs, rank], weight, path);
  return [weight.name, { kind: "add", a, b, scaling: scalingOf(config, module), transposed }];
}

/**
 * Returns the weight that a whole weight of an adapter replaces, by its name, with the copy. PEFT
 * writes whole weights for `modules_to_save`, and for embeddings and unembeddings that were trained
 * or resized; `base_layer` is the weight that a product is added to.
 */
function copyOf(
  base: Checkpoint,
  config: AdapterConfig,
  tensor: TensorEntry,
  stored: string,
  path: string,
): [string, Copy] {
  const name = stored.replace(/\.(base_layer|modules_to_save(\.default)?)\./, ".");
  const isBase = stored.includes(".base_layer.");
  const separate = !isBase && isSaved(config, name);
  if (!isBase && !separate && !isEmbeddingOrUnembedding(name)) throw unknown(tensor, path);
  const weight = weightOf(base, name, tensor, path);
  verifyShape(tensor, weight.shape, weight, path);
  const tiedHead = isUnembedding(name) && !isUnembedding(weight.name);
  return [tiedHead ? TIED_HEAD : weight.name, { by: tensor, separate }];
}

/**
 * Returns whether a weight is in a module that `modules_to_save` names: PEFT compares the ends of
 * the modules' names.
 */
function isSaved({ modules_to_save }: AdapterConfig, weight: string): boolean {
  const parts = weight.split(".");
  const modules = parts.slice(1).map((_, count) => parts.slice(0, count + 1).join("."));
  return modules_to_save?.some((end) => modules.some((module) => module.endsWith(end))) ?? false;
}

/** Returns the weight of the base model that has a name in PEFT's file. */
function weightOf(base: Checkpoint, name: string, tensor: TensorEntry, path: string): TensorEntry {
  const names = [
    name,
    // Some checkpoints of GPT-2 leave out the prefix of their names.
    name.replace(/^transformer\./, ""),
    // Newer versions of transformers name the unembedding of GPT-NeoX as other families do.
    ...isUnembedding(name) ? ["lm_head.weight", "embed_out.weight", ...tiedWeights(base)] : [],
  ];
  const weight = names.map((one) => base.tensors.get(one)).find((found) => found !== undefined);
  if (weight) return weight;
  throw new CircuitbookError(
    `Expected ${shown(tensor.name)} of ${path} to change a weight of ${base.folder} but found no ` +
      `"${name}" there; nearest: ${nearestNames(name, base.tensors.keys()).join(", ")}.`,
  );
}

function isGpt2({ config }: Checkpoint): boolean {
  return (config as { model_type?: unknown } | null)?.model_type === "gpt2";
}

/**
 * Returns the error for a product of the unembedding where embedding and unembedding are one
 * matrix.
 */
function unembeddingAlone({ folder }: Checkpoint, module: string, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected an adapter that keeps embedding and unembedding of ${folder} equal, because they are tied, but found a ` +
      `product for "${module}" alone in ${path}, which merge_and_unload of PEFT adds to both. Untie the base model ` +
      '(copy the unembedding, and set "tie_word_embeddings" to false), merge with PEFT, and load the merged folder.',
  );
}

/**
 * Refuses a tensor of another shape.
 *
 * @param weight the weight of the base model that the tensor changes.
 */
function verifyShape(
  tensor: TensorEntry,
  expected: readonly number[],
  weight: TensorEntry,
  path: string,
): void {
  const differing = expected.flatMap((size, axis) => size === tensor.shape[axis] ? [] : [axis]);
  if (tensor.shape.length === expected.length && !differing.length) return;
  const [axis] = differing;
  const [vocab] = weight.shape;
  if (
    differing.length === 1 && expected[axis] === vocab && isEmbeddingOrUnembedding(weight.name)
  ) {
    throw new CircuitbookError(
      `Expected a vocabulary of ${vocab} tokens, as the base model has, but found ${
        tensor.shape[axis]
      } in ${
        shown(tensor.name)
      } of ${path}: the embeddings were resized before the training. Resize the embeddings of the ` +
        "base model (resize_token_embeddings), merge with PEFT, and load the merged folder.",
    );
  }
  throw new CircuitbookError(
    `Expected ${shown(tensor.name)} of shape [${expected.join(", ")}] but found [${
      tensor.shape.join(", ")
    }] in ${path}; the adapter belongs to another model or to another configuration.`,
  );
}

function unknown(tensor: StoredTensor, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected pairs of lora_A and lora_B, embeddings, and modules that "modules_to_save" names, but found ${
      shown(tensor.name)
    } (${tensor.dtype}) in ${path}; leaving it out would change the result.`,
  );
}

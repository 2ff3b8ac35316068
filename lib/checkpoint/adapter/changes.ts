import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { isWeight, type StoredTensor, type TensorEntry } from "../safetensors/stored_tensor.ts";
import { type AdapterConfig, endsWithModule, rankOf, scalingOf } from "./config.ts";

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
}

/** What an adapter does to one weight of its base model. */
export type Change = Addition | { readonly kind: "replace"; readonly by: TensorEntry };

/** The prefix of the base model's names in PEFT's files. */
const PREFIX = "base_model.model.";

/**
 * Returns what an adapter does to each weight that it changes, by the weight's name.
 *
 * @param stored the tensors of `adapter_model.safetensors`.
 * @param path the file, for messages.
 * @throws CircuitbookError if a tensor belongs to no weight of the base model, has another shape, or is of a
 * kind that is not supported.
 */
export function changesOf(
  base: Checkpoint,
  config: AdapterConfig,
  stored: Iterable<StoredTensor>,
  path: string,
): Map<string, Change> {
  const changes = new Map<string, Change>();
  const pairs = new Map<string, { a?: TensorEntry; b?: TensorEntry; embedding: boolean }>();
  for (const tensor of stored) {
    if (!isWeight(tensor) || !tensor.name.startsWith(PREFIX)) throw unknown(tensor, path);
    const name = tensor.name.slice(PREFIX.length).replace(/\.modules_to_save(\.default)?\./, ".");
    const [, module, embedding, half] =
      /^(.*)\.lora_(embedding_)?([AB])(?:\.default)?(?:\.weight)?$/.exec(name) ?? [];
    if (module === undefined) {
      const [weight, change] = replacement(base, config, tensor, name, path);
      changes.set(weight, change);
      continue;
    }
    const pair = pairs.get(module) ?? { embedding: embedding !== undefined };
    pair[half === "A" ? "a" : "b"] = tensor;
    pairs.set(module, pair);
  }
  for (const [module, { a, b, embedding }] of pairs) {
    if (!a || !b) throw unknown((a ?? b)!, path);
    if (!embedding) refuseTied(base, module, path);
    const weight = weightOf(base, `${module}.weight`, a, path);
    const transposed = embedding || isGpt2(base);
    const [outputs, inputs] = transposed ? weight.shape.toReversed() : weight.shape;
    const rank = rankOf(config, module);
    verifyShape(a, [rank, inputs], path);
    verifyShape(b, [outputs, rank], path);
    changes.set(weight.name, { kind: "add", a, b, scaling: scalingOf(config, module), transposed });
  }
  return changes;
}

/** Returns the weight that a trained copy of a module replaces, with the change. */
function replacement(
  base: Checkpoint,
  config: AdapterConfig,
  tensor: TensorEntry,
  name: string,
  path: string,
): [string, Change] {
  const module = name.replace(/\.[^.]+$/, "");
  if (!config.modules_to_save?.some((saved) => endsWithModule(module, saved))) {
    throw unknown(tensor, path);
  }
  refuseTied(base, module, path);
  const weight = weightOf(base, name, tensor, path);
  verifyShape(tensor, weight.shape, path);
  return [weight.name, { kind: "replace", by: tensor }];
}

/** Returns the weight of the base model that has a name in PEFT's file. */
function weightOf(base: Checkpoint, name: string, tensor: TensorEntry, path: string): TensorEntry {
  // Some checkpoints of GPT-2 leave out the prefix of their names.
  const names = [name, name.replace(/^transformer\./, "")];
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

/** Refuses a change of one of two tied embeddings: the merged model would no longer be a tied one. */
function refuseTied(base: Checkpoint, module: string, path: string): void {
  const untied = base.tensors.has("lm_head.weight");
  if (untied || !/(^|\.)(lm_head|embed_tokens|wte)$/.test(module)) return;
  throw new CircuitbookError(
    `Expected an adapter that keeps the tied embeddings of ${base.folder} but found a change of ` +
      `"${module}" alone in ${path}; merge it with PEFT and load the merged folder.`,
  );
}

function verifyShape(tensor: TensorEntry, expected: readonly number[], path: string): void {
  if (tensor.shape.join() === expected.join()) return;
  throw new CircuitbookError(
    `Expected ${shown(tensor.name)} of shape [${expected.join(", ")}] but found [${
      tensor.shape.join(", ")
    }] in ${path}; the adapter belongs to another model or to another configuration.`,
  );
}

function unknown(tensor: StoredTensor, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected pairs of lora_A and lora_B, and modules that "modules_to_save" names, but found ${
      shown(tensor.name)
    } (${tensor.dtype}) in ${path}; leaving it out would change the result.`,
  );
}

import { CircuitbookError } from "../../base/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";
import type { TensorEntry } from "../safetensors/stored_tensor.ts";
import { readWeight } from "../safetensors/weight.ts";

const EMBEDDING = /(^|\.)(embed_tokens|wte|embed_in)\.weight$/;
const UNEMBEDDING = /(^|\.)(lm_head|embed_out)\.weight$/;

/**
 * The name of the unembedding in a base model that stores none, because its embeddings are tied.
 */
export const TIED_HEAD = "lm_head.weight";

/** The families whose embeddings transformers ties unless the configuration says otherwise. */
const TIED_BY_DEFAULT = /^(gpt2|gemma2|gemma3_text)$/;

/** How many bytes of two copies are compared at a time. */
const COMPARED_BYTES = 16e6;

/** A whole weight in the file of an adapter. */
export interface Copy {
  readonly by: TensorEntry;
  /**
   * Whether PEFT trains this copy separately, although the base model ties it to another weight.
   */
  readonly separate: boolean;
}

/**
 * Returns whether a weight is an embedding or an unembedding. PEFT saves such a weight whole if the
 * weight was resized or trained.
 */
export function isEmbeddingOrUnembedding(weight: string): boolean {
  return EMBEDDING.test(weight) || isUnembedding(weight);
}

/** Returns whether a weight is an unembedding. */
export function isUnembedding(weight: string): boolean {
  return UNEMBEDDING.test(weight);
}

/**
 * Returns the names of the embedding, and of the unembedding if one is stored, of a base model
 * whose embeddings are tied; none if they are not tied.
 */
export function tiedWeights({ tensors, config }: Checkpoint): string[] {
  const names = [...tensors.keys()];
  const heads = names.filter(isUnembedding);
  if (heads.length && !isTied(config)) return [];
  return [...names.filter((name) => EMBEDDING.test(name)), ...heads];
}

/** Returns whether a configuration ties the embeddings, by its words or by the family's default. */
function isTied(config: unknown): boolean {
  const { tie_word_embeddings: tied, model_type: type } = (config ?? {}) as Record<string, unknown>;
  return tied === undefined ? TIED_BY_DEFAULT.test(String(type)) : tied === true;
}

/**
 * Returns the weights of a base model that whole weights of an adapter replace. In a base model
 * with tied embeddings, a copy of either the embedding or the unembedding replaces both.
 *
 * @param copies the adapter's weights, by the name of the weight that each replaces.
 * @param path the adapter's file, for messages.
 * @throws CircuitbookError if the merged model would no longer have tied embeddings.
 */
export async function replacedWeights(
  base: Checkpoint,
  copies: ReadonlyMap<string, Copy>,
  path: string,
): Promise<Map<string, TensorEntry>> {
  const replaced = new Map([...copies].map(([name, { by }]) => [name, by]));
  const tied = tiedWeights(base);
  const changed = [...copies].filter(([name]) => tied.includes(name) || name === TIED_HEAD);
  if (!tied.length || !changed.length) return replaced;
  const [[name, first], second] = changed;
  if (!second && first.separate) throw notTied(base, `a change of "${name}" alone`, path);
  if (second && !await areEqual(first.by, second[1].by)) {
    throw notTied(base, `two different copies, "${name}" and "${second[0]}",`, path);
  }
  replaced.delete(TIED_HEAD);
  for (const one of tied) replaced.set(one, first.by);
  return replaced;
}

function notTied({ folder }: Checkpoint, found: string, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected an adapter that keeps embedding and unembedding of ${folder} equal, because they are tied, but found ` +
      `${found} in ${path}. The merged model has two different matrices: merge with PEFT (merge_and_unload), ` +
      'save the model with "tie_word_embeddings": false, and load the merged folder.',
  );
}

/** Returns whether two weights hold the same numbers. */
async function areEqual(one: TensorEntry, other: TensorEntry): Promise<boolean> {
  if (one.shape.join() !== other.shape.join()) return false;
  const [rows, width] = one.shape;
  const step = Math.max(1, Math.floor(COMPARED_BYTES / (4 * width)));
  for (let from = 0; from < rows; from += step) {
    const range = { from, to: Math.min(from + step, rows) };
    const [a, b] = await Promise.all([readWeight(one, range), readWeight(other, range)]);
    if (!a.every((value, i) => value === b[i])) return false;
  }
  return true;
}

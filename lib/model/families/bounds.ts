import { type Family, type FamilyContext, refusal } from "./config.ts";

/**
 * The largest values of the attributes by which lists are made: one entry a layer, or one a pair of
 * dimensions of a head. No published model has a tenth of them.
 */
const MOST: Readonly<Record<string, number>> = {
  num_hidden_layers: 10_000,
  n_layer: 10_000,
  head_dim: 10_000,
  // Without head_dim, the width is divided by the number of heads, which may be one.
  hidden_size: 1_000_000,
  n_embd: 1_000_000,
};

/** The attributes of {@link MOST} that count layers. */
const LAYERS: readonly string[] = ["num_hidden_layers", "n_layer"];

/**
 * Throws if a `config.json` names more layers or larger widths than any checkpoint has. Each layer
 * has a tensor at least, so a model has at most as many layers as the checkpoint has tensors. Lists
 * of billions of entries would fill the memory before the first missing tensor is found.
 *
 * @throws CircuitbookError if an attribute of the family is above its largest value.
 */
export function verifyBounds(
  { fields }: Family,
  config: Readonly<Record<string, unknown>>,
  { tensorNames }: FamilyContext,
): void {
  for (const [name, largest] of Object.entries(MOST)) {
    const value = config[name];
    if (!Object.hasOwn(fields, name) || typeof value !== "number") continue;
    // If no tensor can be read, the messages about tensors say more than this message.
    const tensors = LAYERS.includes(name) && tensorNames?.size || Infinity;
    const most = Math.min(largest, tensors);
    if (value <= most) continue;
    const reason = most === tensors
      ? "the number of tensors in the checkpoint"
      : "more than any model has";
    throw refusal(name, `to be at most ${most} (${reason})`, value);
  }
}

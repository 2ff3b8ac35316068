import { type Family, type FamilyContext, refusal } from "./config.ts";

/**
 * The largest accepted values of the attributes that decide the lengths of lists. Lists have one
 * entry for each layer, or for each pair of dimensions of a head. No published model reaches a
 * tenth of any of these values.
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
 * has at least one tensor, so a model has at most as many layers as the checkpoint has tensors.
 * Without this check, lists of billions of entries would fill the memory before the first missing
 * tensor is found.
 *
 * @param family the family, whose fields are checked.
 * @param config the parsed `config.json`.
 * @param context the tensor names of the checkpoint, if there is one.
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

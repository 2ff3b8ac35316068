/**
 * The names of a decoder graph's inputs and outputs. The decoder writes them, and the engine feeds
 * and reads them.
 */

/** Graph inputs with a fixed name. */
export const INPUT_NAMES = {
  /** int32 [batch, position]: the token ids. */
  tokens: "tokens",
  /** int64 [batch, position]: the position of each token in its row, without padding. */
  positionIds: "position_ids",
  /** f32 [rows, d_model]: the residual stream that a started run begins with. */
  residual: "residual",
  /** f32 [rows, head × d_head]: the head outputs that a run started at `hook_z` begins with. */
  z: "z",
  /** f32 [batch or 1, 1, position, key]: 0 where a query may attend, -Infinity elsewhere. */
  attentionBias: "attention_bias",
  /** The attention bias of the kept queries alone, f32 [batch, 1, kept, key]. */
  keptBias: "kept_bias",
  /** The attention bias of layers with a sliding window. */
  windowBias: "window_bias",
  /** The attention bias of the kept queries in layers with a sliding window. */
  keptWindowBias: "kept_window_bias",
  /**
   * The cosines of the rotary embedding in layers with a sliding window, if their embedding
   * differs.
   */
  localCos: "local_cos",
  /**
   * The sines of the rotary embedding in layers with a sliding window, if their embedding differs.
   */
  localSin: "local_sin",
  /** int32 []: the number of keys, those of this pass included. */
  keyCount: "key_count",
  /** int32 [1]: the index of the last key. */
  lastKey: "last_key",
  /** f32 [angle, d_head / 2]: cosines and sines of the rotary embedding. */
  cos: "cos",
  sin: "sin",
} as const;

/** Inputs and the output of a metric. */
export const METRIC_NAMES = {
  /** int64 [kept, item]: the tokens whose logits or log-probabilities count. */
  tokens: "metric.tokens",
  /** f32 [kept, item], or [kept, feature] where an activation is scored: the weight of each. */
  weights: "metric.weights",
  /** The output [kept, item]: the logits, log-probabilities or scores, before weighting. */
  items: "metric.items",
} as const;

/** Inputs and outputs of sampling. */
export const SAMPLING_NAMES = {
  /** f32 []: the divisor of the differences of logits. */
  temperature: "sampling.temperature",
  /** f32 []: the share of the probability that the kept tokens have together. */
  topP: "sampling.top_p",
  /** f32 [row, 1]: a uniform number in [0, 1) for each row. */
  draws: "sampling.draws",
  /** The output int32 [row]: the chosen tokens. */
  tokens: "sampling.tokens",
  /** The output f32 [row]: the sum of all differences from the largest logit, NaN if a logit is. */
  check: "sampling.check",
} as const;

/** The output of the tap with this index in the plan. */
export function tapName(index: number): string {
  return `tap.${index}`;
}

/** The input that lists kept rows (batch × position); lists are numbered by the plan. */
export function rowsName(list: number): string {
  return `rows.${list}`;
}

/** The input that lists the heads which the tap with this index keeps. */
export function headsName(index: number): string {
  return `heads.${index}`;
}

/**
 * The input that holds values of an edit.
 *
 * @param segment which step of the edits at this hook point.
 * @param kind `scale`, `shift`, `basis` or `mask`; `function` names the cut of a function edit.
 */
export function editName(point: string, segment: number, kind: string): string {
  return `edit.${point}.${segment}.${kind}`;
}

/**
 * The kinds of activations that are cached for each token in each layer, in the order in which they
 * are written.
 */
export const CACHE_KINDS = ["keys", "values"] as const;

/** Keys or values. */
export type CacheKind = typeof CACHE_KINDS[number];

/**
 * The input with a layer's earlier keys or values (`past`), the input with the keys or values
 * before `past`, which no pass returns (`settled`), or the output with `past` and the new keys or
 * values (`present`).
 */
export function cacheName(
  which: "settled" | "past" | "present",
  layer: number,
  kind: CacheKind,
): string {
  return `${which}.${layer}.${kind}`;
}

/**
 * Returns whether an output has the keys or values of a generation, which stay in the memory of a
 * GPU.
 */
export function isPresent(output: string): boolean {
  return output.startsWith("present.");
}

/** Returns the name of the `past` input that belongs to a `present` output. */
export function pastOf(output: string): string {
  return output.replace("present", "past");
}

/** The output with the gradient of a tensor of the checkpoint. */
export function weightGradientName(tensor: string): string {
  return `gradient of ${tensor}`;
}

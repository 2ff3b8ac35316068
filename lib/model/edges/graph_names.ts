/**
 * The names of the inputs and outputs of edge graphs, besides those that they share with decoder
 * graphs (`lib/model/plan/graph_names.ts`).
 */

/** The input with the output of the embedding, f32 [batch, position, d_model]. */
export const EMBEDDED = "embedded";

/**
 * The input with what a sender writes in the corrupted run: f32 [batch, position, d_model], or for
 * the heads of a layer their `z` [batch, position, head, d_head].
 */
export function corruptedName(sender: string): string {
  return `corrupted.${sender}`;
}

/**
 * The input with the difference, clean minus corrupted, of what a sender writes; shaped as {@link
 * corruptedName}.
 */
export function changeName(sender: string): string {
  return `change.${sender}`;
}

/**
 * The input with the residual stream of the corrupted run at a junction, f32 [batch, position,
 * d_model].
 */
export function streamName(junction: string): string {
  return `stream.${junction}`;
}

/** The input with the mask of a junction's edges, f32 [masks, receiver, sender]. */
export function maskName(junction: string): string {
  return `mask.${junction}`;
}

/** The output with the scores of a junction's edges, f32 [batch, receiver, sender]. */
export function scoresName(junction: string): string {
  return `scores.${junction}`;
}

/** The sender name of all heads of a layer. */
export function headsSender(layer: number): string {
  return `heads.${layer}`;
}

/** The sender name of a layer's MLP. */
export function mlpSender(layer: number): string {
  return `mlp.${layer}`;
}

/** The sender name of the embedding. */
export const EMBED_SENDER = "embed";

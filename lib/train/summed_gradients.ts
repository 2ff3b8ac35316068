import type { GraphTensor } from "../onnx/feeds.ts";
import type { Learner, LossBatch } from "./learner.ts";

/** Gradients by the name of the weight. */
export type WeightGradients = ReadonlyMap<string, GraphTensor>;

/**
 * Returns the loss of several batches together and its gradient, computed batch by batch. Batches
 * in which no prediction counts are skipped.
 *
 * @returns the loss and the gradients; no gradients if no prediction counts at all.
 */
export async function summedGradients(
  learner: Learner,
  parts: readonly LossBatch[],
): Promise<{ loss: number; gradients?: WeightGradients }> {
  let loss = 0;
  let sum: WeightGradients | undefined;
  for (const part of parts) {
    if (!part.weights.some((row) => row.some((weight) => weight !== 0))) continue;
    const found = await learner.lossGradients(part);
    loss += found.loss;
    // The gradients of the first batch become the sum: nobody else holds them.
    if (sum) addTo(sum, found.gradients);
    else sum = found.gradients;
  }
  return { loss, gradients: sum };
}

function addTo(sum: WeightGradients, more: WeightGradients): void {
  for (const [name, { data }] of more) {
    const total = sum.get(name)!.data as Float32Array;
    const own = data as Float32Array;
    for (let i = 0; i < total.length; i++) total[i] += own[i];
  }
}

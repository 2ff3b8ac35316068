import type { GraphTensor } from "../onnx/feeds.ts";
import type { Learner, LossBatch } from "./learner.ts";

/** Gradients by the name of the weight. */
export type WeightGradients = ReadonlyMap<string, GraphTensor>;

/**
 * The loss of some batches together and its gradient, a batch at a time; parts in which nothing counts are passed over.
 *
 * @returns without gradients where nothing counts at all.
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

import { resolveSelection, type Tensor } from "../base/tensor.ts";
import { foldNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { type HeadWeights, headWeights, kvHeadOf } from "./head_weights.ts";

/**
 * A layer's heads with the norm before attention folded into what they read, and a key/value head for each head: all four
 * matrices [head, d_head, d_model].
 */
export async function readingWeights(model: Model, layer: number): Promise<HeadWeights> {
  const { layers, weights } = model.architecture;
  const [number] = resolveSelection(layer, layers, "layer");
  const { Q, K, V, O } = await headWeights(model, number);
  const { ln1 } = weights.layer(number);
  const [q, k, v] = await Promise.all([Q, K, V].map((matrix) => foldNorm(model, matrix, ln1)));
  return { Q: q, K: forEachHead(model, k), V: forEachHead(model, v), O };
}

/** [kv_head, …] as [head, …]: shared heads are repeated. */
function forEachHead({ architecture }: Model, shared: Tensor): Tensor {
  const { heads, headSize: d_head, dModel: d_model } = architecture;
  const indices = Array.from({ length: heads }, (_, head) => kvHeadOf(architecture, head));
  return shared.slice({ kv_head: indices }).reshape({ head: heads, d_head, d_model });
}

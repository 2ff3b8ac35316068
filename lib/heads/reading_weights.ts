import { resolveSelection, type Tensor } from "../base/tensor.ts";
import { foldNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { type HeadWeights, headWeights, kvHeadOf } from "./head_weights.ts";

/**
 * Returns the four matrices of a layer's heads, each [head, d_head, d_model]. The norm before
 * attention is folded into Q, K and V, so that they read the residual stream itself; key and value
 * matrices that several heads share are repeated for each of these heads.
 *
 * @throws CircuitbookError if there is no such layer.
 */
export async function readingWeights(model: Model, layer: number): Promise<HeadWeights> {
  const { layers, weights } = model.architecture;
  const [number] = resolveSelection(layer, layers, "layer");
  const { Q, K, V, O } = await headWeights(model, number);
  const { ln1 } = weights.layer(number);
  const [q, k, v] = await Promise.all([Q, K, V].map((matrix) => foldNorm(model, matrix, ln1)));
  return { Q: q, K: forEachHead(model, k), V: forEachHead(model, v), O };
}

/** Repeats the shared matrices of [kv_head, …] to [head, …]. */
function forEachHead({ architecture }: Model, shared: Tensor): Tensor {
  const { heads, headSize: d_head, dModel: d_model } = architecture;
  const indices = Array.from({ length: heads }, (_, head) => kvHeadOf(architecture, head));
  return shared.slice({ kv_head: indices }).reshape({ head: heads, d_head, d_model });
}

import pl from "nodejs-polars";
import { z } from "zod";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions } from "../base/options.ts";

/** How a vector is compared with the unembedding. */
export interface NearestOptions {
  /** How many tokens. Default 10. */
  readonly k?: number;
  /** Apply the final norm first. Default false: a direction is read as it is. */
  readonly norm?: boolean;
}

/**
 * The tokens whose unembeddings a vector points to, as a table: `rank`, `token`, `id`, `score` (the dot product with the
 * token's unembedding).
 *
 * Geva et al., Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the Vocabulary Space (arXiv 2203.14680).
 *
 * @param vector [d_model].
 * @throws CircuitbookError when the vector has another size than the residual stream.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [right, wrong] = ["this", "not"].map((text) => model.tokenizer.idOf(text));
 * const unembedding = await model.unembedding();
 * const wrongDirection = unembedding.slice({ vocab: wrong }).data;
 * const direction = unembedding.slice({ vocab: right }).data.map((value, i) => value - wrongDirection[i]);
 * const table = await lens.nearest(model, direction, { k: 3 });
 * assertEquals(table.getColumn("token").toArray()[0], "this");
 * ```
 */
export async function nearest(
  model: Model,
  vector: ArrayLike<number>,
  options: NearestOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject({ k: anything, norm: anything }), "nearest");
  const { k = 10, norm = false } = options;
  const vectors = new Tensor(Float32Array.from(vector), { example: 1, d_model: vector.length });
  const { tokens, scores } = await model.unembed(vectors, { k, norm, score: "logit" });
  return pl.DataFrame({
    rank: Array.from({ length: k }, (_, rank) => rank + 1),
    token: model.tokenizer.pieces([...tokens.data]),
    id: [...tokens.data],
    score: [...scores.data],
  });
}

import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, yesOrNo } from "../base/options.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** The options of {@link nearest}. */
export interface NearestOptions {
  /** How many tokens are returned. Default 10. */
  readonly k?: number;
  /** Whether the final norm is applied to the vector first. Default false. */
  readonly norm?: boolean;
}

/** A token near a vector of the residual stream. */
export interface NearToken {
  /** The rank of the token, from 1. */
  rank: number;
  /** The text of the token. */
  token: string;
  /** The id of the token in the vocabulary. */
  id: number;
  /** The dot product of the vector with the unembedding of the token. */
  score: number;
}

const nearestSchema = z.strictObject({ k: atLeastOne.optional(), norm: yesOrNo.optional() });

/**
 * Returns the tokens whose unembeddings have the largest dot products with a vector.
 *
 * Geva et al., Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the
 * Vocabulary Space (arXiv 2203.14680).
 *
 * @param model the model whose unembedding is used.
 * @param vector [d_model].
 * @param options how many tokens, and whether the final norm is applied first.
 * @returns a table with one row for each token, best first.
 * @throws CircuitbookError if the vector does not have d_model numbers.
 *
 * @example
 * ```ts
 * import { lens, loadModel, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const unembedding = await model.unembedding();
 * const [right, wrong] = ["this", "not"].map((text) =>
 *   unembedding.slice({ vocab: model.tokenizer.idOf(text) }).data
 * );
 * const table = await lens.nearest(model, vectors.difference(right, wrong), { k: 3 });
 * assertEquals(table.getColumn("token").toArray()[0], "this");
 * ```
 */
export async function nearest(
  model: Model,
  vector: ArrayLike<number>,
  options: NearestOptions = {},
): Promise<TableOf<NearToken>> {
  checkArguments("nearest", {
    model: [model, aModel],
    vector: [vector, is.numbers],
  });

  checkOptions(options, nearestSchema, "nearest");
  const { k = 10, norm = false } = options;
  const vectors = new Tensor(Float32Array.from(vector), { example: 1, d_model: vector.length });
  const { tokens, scores } = await model.unembed(vectors, { k, norm, score: "logit" });
  const pieces = model.tokenizer.pieces([...tokens.data]);
  return tableOf(pieces.map((token, i) => ({
    rank: i + 1,
    token,
    id: tokens.data[i],
    score: scores.data[i],
  })));
}

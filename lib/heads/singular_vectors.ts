import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { throughNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { readingWeights } from "./reading_weights.ts";

/** The singular value decomposition of a head's OV matrix. */
export interface SingularVectors {
  /** The singular values, largest first: as many as the head has dimensions. */
  readonly values: Float32Array;
  /**
   * The directions that the head reads from the residual stream: unit vectors [direction, d_model],
   * with the norm before attention folded in.
   */
  readonly reads: Tensor;
  /**
   * The directions that the head writes to the residual stream: unit vectors [direction, d_model].
   */
  readonly writes: Tensor;
}

/** How many singular vectors are compared with the vocabulary. */
export interface SingularTokensOptions {
  /** How many singular vectors. Default 5. */
  readonly directions?: number;
  /** How many tokens on each side of each direction. Default 8. */
  readonly k?: number;
}

/** One token near one singular vector of a head: a row of the table of {@link singularTokens}. */
export interface SingularToken {
  /** The number of the singular vector, from 0, largest singular value first. */
  direction: number;
  /** The singular value. */
  value: number;
  /** The share of this value's square in the sum of all squared values. */
  share: number;
  /** Whether the head reads or writes this direction. */
  side: "reads" | "writes";
  /**
   * Which way along the direction. What a head reads along + it writes along +; what it reads along
   * − it writes along −. Exchanging the two signs on both sides describes the same head.
   */
  sign: "+" | "−";
  /** The rank of the token, from 1. */
  rank: number;
  /** The text of the token. */
  token: string;
  /** The id of the token. */
  id: number;
  /**
   * The dot product of the direction with the token's embedding (reads) or unembedding (writes).
   */
  score: number;
}

/**
 * Returns the singular value decomposition of a head's OV matrix. Wherever the head looks, it reads
 * the residual stream along `reads`, multiplies by the singular value, and writes along `writes`.
 *
 * The OV matrix has rank d_head. It is decomposed through QR decompositions of W_O and W_V, so that
 * the d_model × d_model matrix is never made.
 *
 * Millidge and Black, The singular value decompositions of transformer weight matrices are highly
 * interpretable (2022).
 *
 * @param model the model with the head.
 * @param head the head, as [layer, head].
 * @returns singular values and vectors, largest value first.
 * @throws CircuitbookError if there is no such head.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { values, reads } = await heads.singularVectors(await loadModel("countdown-r1"), [1, 3]);
 * assertEquals([values.length, reads.sizes], [32, { direction: 32, d_model: 192 }]);
 * ```
 */
export async function singularVectors(
  model: Model,
  head: readonly [layer: number, head: number],
): Promise<SingularVectors> {
  checkArguments("singularVectors", {
    model: [model, aModel],
    head: [head, is.list],
  });

  const { heads, headSize, dModel } = model.architecture;
  const [layer, index] = head;
  const [number] = resolveSelection(index, heads, "head");
  const { O, V } = await readingWeights(model, layer);
  // QR decompositions of d_model × d_head matrices: the d_head vectors are columns.
  const [o, v] = [O, V].map((all) => {
    const { data } = all.slice({ head: number });
    return new QrDecomposition(Matrix.from1DArray(headSize, dModel, data).transpose());
  });
  // W_O·W_Vᵀ = Q_o·(R_o·R_vᵀ)·Q_vᵀ: the singular values are those of the small matrix in the
  // middle.
  const small = o.upperTriangularMatrix.mmul(v.upperTriangularMatrix.transpose());
  const svd = new SingularValueDecomposition(small, { autoTranspose: true });
  const unit = (basis: QrDecomposition, vectors: Matrix) =>
    new Tensor(Float32Array.from(basis.orthogonalMatrix.mmul(vectors).transpose().to1DArray()), {
      direction: headSize,
      d_model: dModel,
    });
  return {
    values: Float32Array.from(svd.diagonal),
    writes: unit(o, svd.leftSingularVectors),
    reads: unit(v, svd.rightSingularVectors),
  };
}

/**
 * Returns the tokens nearest to the first singular vectors of a head's OV matrix. Directions that
 * the head reads are compared with the tokens' embeddings. Directions that it writes are compared
 * with the unembeddings, with the final norm folded in.
 *
 * @param model the model with the head.
 * @param head the head, as [layer, head].
 * @param options how many directions and tokens.
 * @returns a row for each direction, side, sign and token.
 * @throws CircuitbookError if there is no such head, or it has fewer directions than asked for.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await heads.singularTokens(model, [1, 3], { directions: 2, k: 4 });
 * assertEquals(table.height, 2 * 2 * 2 * 4);
 * ```
 */
export async function singularTokens(
  model: Model,
  head: readonly [layer: number, head: number],
  options: SingularTokensOptions = {},
): Promise<TableOf<SingularToken>> {
  checkArguments("singularTokens", {
    model: [model, aModel],
    head: [head, is.list],
  });

  checkOptions(
    options,
    z.strictObject({ directions: atLeastOne.optional(), k: atLeastOne.optional() }),
    "singularTokens",
  );
  const { directions = 5, k = 8 } = options;
  const { headSize, weights: { finalNorm } } = model.architecture;
  if (directions > headSize) {
    throw new CircuitbookError(
      `Expected at most ${headSize} directions of a head but found ${directions}.`,
    );
  }
  const { values, reads, writes } = await singularVectors(model, head);
  const total = values.reduce((sum, value) => sum + value ** 2, 0);
  const sides = {
    reads: await nearestTokens(model, reads, { directions, k, by: "embedding" }),
    writes: await nearestTokens(model, await throughNorm(model, writes, finalNorm), {
      directions,
      k,
      by: "unembedding",
    }),
  };
  const rows = (["reads", "writes"] as const).flatMap((side) =>
    sides[side].map(({ direction, ...token }): SingularToken => {
      const value = values[direction];
      return { direction, value, share: value ** 2 / total, side, ...token };
    })
  );
  return tableOf(
    rows.sort((a, b) => a.direction - b.direction || a.sign.localeCompare(b.sign)),
  );
}

/** Returns the tokens nearest to each of the first vectors, and to its opposite. */
async function nearestTokens(
  model: Model,
  vectors: Tensor,
  { directions, k, by }: { directions: number; k: number; by: "embedding" | "unembedding" },
): Promise<Omit<SingularToken, "value" | "share" | "side">[]> {
  const plus = vectors.slice({ direction: { to: directions } });
  const size = plus.shape[1];
  const data = Float32Array.of(...plus.data, ...plus.data.map((value) => -value));
  const both = new Tensor(data, { example: 2 * directions, d_model: size });
  const { tokens, scores } = await model.unembed(both, { k, norm: false, score: "logit", by });
  const names = model.tokenizer.pieces([...tokens.data]);
  return [...tokens.data].map((id, i) => {
    const vector = Math.floor(i / k);
    return {
      direction: vector % directions,
      sign: vector < directions ? "+" : "−",
      rank: i % k + 1,
      token: names[i],
      id,
      score: scores.data[i],
    };
  });
}

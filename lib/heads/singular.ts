import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { throughNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { readingWeights } from "./reading.ts";

/** The singular vectors of a head's OV matrix: along `reads` it reads the residual stream, along `writes` it writes. */
export interface SingularVectors {
  /** Largest first; as many as the head has dimensions. */
  readonly values: Float32Array;
  /** Unit vectors [direction, d_model] of what is read, with the norm before attention folded in. */
  readonly reads: Tensor;
  /** Unit vectors [direction, d_model] of what is written. */
  readonly writes: Tensor;
}

/** How singular vectors are read in the vocabulary. */
export interface SingularTokensOptions {
  /** How many directions. Default 5. */
  readonly directions?: number;
  /** Tokens of each side of each direction. Default 8. */
  readonly k?: number;
}

/**
 * The singular value decomposition of a head's OV matrix, what it does to the residual stream wherever it looks: read along
 * `reads`, times the value, written along `writes`.
 *
 * The matrix has the rank d_head: it is decomposed through QR decompositions of W_O and W_V, and never made.
 *
 * Millidge and Black, The singular value decompositions of transformer weight matrices are highly interpretable (2022).
 *
 * @throws CircuitbookError when there is no such head.
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
  [layer, head]: readonly [layer: number, head: number],
): Promise<SingularVectors> {
  const { heads, headSize, dModel } = model.architecture;
  const [number] = resolveSelection(head, heads, "head");
  const { O, V } = await readingWeights(model, layer);
  // d_head vectors of d_model numbers, as columns.
  const [o, v] = [O, V].map((all) => {
    const { data } = all.slice({ head: number });
    return new QrDecomposition(Matrix.from1DArray(headSize, dModel, data).transpose());
  });
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
 * The first singular vectors of a head's OV matrix in the vocabulary, as a table: `direction` (from 0), `value`, `share` (of the
 * squared values), `sign`, `side` ("reads" or "writes"), `rank`, `token`, `id`, `score`. What is read is compared with the
 * tokens' embeddings, what is written with their unembeddings (the final norm folded in). A direction and its opposite are the
 * same: what the head reads along + it writes along +, and what it reads along − along −.
 *
 * @throws CircuitbookError when there is no such head, or it has fewer directions.
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
): Promise<pl.DataFrame> {
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
    reads: await bothSigns(model, reads, { directions, k, by: "embedding" }),
    writes: await bothSigns(model, await throughNorm(model, writes, finalNorm), {
      directions,
      k,
      by: "unembedding",
    }),
  };
  return pl.DataFrame(
    Object.entries(sides).flatMap(([side, found]) =>
      found.map(({ direction, ...token }) => {
        const value = values[direction];
        const share = value ** 2 / total;
        return { direction, value, share, side, ...token };
      })
    ).sort((a, b) => a.direction - b.direction || a.sign.localeCompare(b.sign)),
  );
}

/** The tokens next to each of the first vectors and next to its opposite. */
async function bothSigns(
  model: Model,
  vectors: Tensor,
  { directions, k, by }: { directions: number; k: number; by: "embedding" | "unembedding" },
) {
  const plus = vectors.slice({ direction: { to: directions } });
  const size = plus.shape[1];
  const data = Float32Array.of(...plus.data, ...plus.data.map((value) => -value));
  const both = new Tensor(data, { example: 2 * directions, d_model: size });
  const { tokens, scores } = await model.unembed(both, { k, norm: false, score: "logit", by });
  const names = model.tokenizer.pieces([...tokens.data]);
  return [...tokens.data].map((id, i) => {
    const vector = Math.floor(i / k);
    const sign = vector < directions ? "+" : "−";
    return {
      direction: vector % directions,
      sign,
      rank: i % k + 1,
      token: names[i],
      id,
      score: scores.data[i],
    };
  });
}

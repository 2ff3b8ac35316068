import { Tensor } from "../base/tensor.ts";
import { foldNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";

/** A pair of tokens whose logits are compared: answer − against, or the answer's logit alone. */
export interface TokenPair {
  readonly answer: number;
  readonly against?: number;
}

/** What logit differences are in the residual stream. */
export interface LogitDirections {
  /**
   * U[answer] − U[against] seen through the final norm: a vector of the residual stream, divided by the norm's scale, adds its
   * dot product with this. [pair, d_model].
   */
  readonly directions: Tensor;
  /** What the final norm's bias adds to each difference. */
  readonly finalBias: readonly number[];
}

/** The directions that stand for logit differences. Reads only the tokens' rows of the unembedding. */
export async function logitDirections(
  model: Model,
  pairs: readonly TokenPair[],
): Promise<LogitDirections> {
  const { dModel: d_model, weights: { unembed, finalNorm } } = model.architecture;
  const rows = new Map<number, Float32Array>();
  for (const { answer, against = answer } of pairs) {
    for (const token of [answer, against]) {
      if (!rows.has(token)) {
        rows.set(token, await model.checkpoint.read(unembed, { from: token, to: token + 1 }));
      }
    }
  }
  const differences = pairs.map(({ answer, against }) => {
    const minus = against === undefined ? undefined : rows.get(against);
    return rows.get(answer)!.map((value, i) => value - (minus?.[i] ?? 0));
  });
  const shift = finalNorm?.bias ? (await model.weight(finalNorm.bias)).data : undefined;
  const stacked = Tensor.stack(differences.map((row) => new Tensor(row, { d_model })), "pair");
  return {
    directions: await foldNorm(model, stacked, finalNorm),
    finalBias: differences.map((row) =>
      shift ? row.reduce((sum, value, i) => sum + value * shift[i], 0) : 0
    ),
  };
}

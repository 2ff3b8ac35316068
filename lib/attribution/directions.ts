import { Tensor } from "../base/tensor.ts";
import type { Model } from "../model/model.ts";

/** A pair of tokens whose logits are compared: answer − against, or the answer's logit alone. */
export interface TokenPair {
  readonly answer: number;
  readonly against?: number;
}

/** What logit differences are in the residual stream. */
export interface LogitDirections {
  /**
   * U[answer] − U[against] seen through the final norm's gain (and centring, for LayerNorm): a vector of the residual stream,
   * divided by the norm's scale, adds its dot product with this. [pair, d_model].
   */
  readonly directions: Tensor;
  /** What the final norm's bias adds to each difference. */
  readonly finalBias: readonly number[];
}

/** The directions that stand for logit differences. Reads only the tokens' rows of the unembedding. */
export async function logitDirections(model: Model, pairs: readonly TokenPair[]): Promise<LogitDirections> {
  const { dModel: d_model, norm, weights: { unembed, finalNorm } } = model.architecture;
  const rows = new Map<number, Float32Array>();
  for (const { answer, against = answer } of pairs) {
    for (const token of [answer, against]) {
      if (!rows.has(token)) rows.set(token, await model.checkpoint.read(unembed, { from: token, to: token + 1 }));
    }
  }
  const differences = pairs.map(({ answer, against }) => {
    const minus = against === undefined ? undefined : rows.get(against);
    return rows.get(answer)!.map((value, i) => value - (minus?.[i] ?? 0));
  });
  const gain = finalNorm && norm.kind !== "none" ? (await model.weight(finalNorm.weight)).data : undefined;
  const shift = finalNorm?.bias ? (await model.weight(finalNorm.bias)).data : undefined;
  const seen = differences.map((row) => row.map((value, i) => value * (gain?.[i] ?? 1)));
  if (norm.kind === "layer") seen.forEach(centre);
  return {
    directions: Tensor.stack(seen.map((row) => new Tensor(row, { d_model })), "pair"),
    finalBias: differences.map((row) => shift ? row.reduce((sum, value, i) => sum + value * shift[i], 0) : 0),
  };
}

/** Takes the mean off: to centre what is read is to centre the direction that reads it. */
function centre(vector: Float32Array): void {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
  vector.forEach((value, i) => vector[i] = value - mean);
}

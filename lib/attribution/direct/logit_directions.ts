import { Tensor } from "../../base/tensor.ts";
import { foldNorm } from "../../model/decoder/fold.ts";
import type { Model } from "../../model/model.ts";

/**
 * The tokens whose logits are attributed: logit(answer) − logit(against), or logit(answer) alone.
 */
export interface AnswerTokens {
  /** The id of the token whose logit counts. */
  readonly answer: number;
  /** The id of the token whose logit is subtracted. */
  readonly against?: number;
}

/** Logit differences as directions of the residual stream. */
export interface LogitDirections {
  /**
   * U[answer] − U[against] with the final norm folded in, [difference, d_model]. A vector of the
   * residual stream adds its dot product with the direction, divided by the scale of the norm, to
   * the difference.
   */
  readonly directions: Tensor;
  /** What the bias of the final norm adds to each difference. */
  readonly finalBias: readonly number[];
}

/**
 * Returns logit differences as directions of the residual stream. Only the rows of the chosen
 * tokens are read from the unembedding.
 */
export async function logitDirections(
  model: Model,
  asked: readonly AnswerTokens[],
): Promise<LogitDirections> {
  const { dModel: d_model, weights: { unembed, finalNorm } } = model.architecture;
  const rows = new Map<number, Float32Array>();
  for (const { answer, against = answer } of asked) {
    for (const token of [answer, against]) {
      if (!rows.has(token)) {
        rows.set(token, await model.checkpoint.read(unembed, { from: token, to: token + 1 }));
      }
    }
  }
  const differences = asked.map(({ answer, against }) => {
    const minus = against === undefined ? undefined : rows.get(against);
    return rows.get(answer)!.map((value, i) => value - (minus?.[i] ?? 0));
  });
  const shift = finalNorm?.bias ? (await model.weight(finalNorm.bias)).data : undefined;
  const stacked = Tensor.stack(
    differences.map((row) => new Tensor(row, { d_model })),
    "difference",
  );
  return {
    directions: await foldNorm(model, stacked, finalNorm),
    finalBias: differences.map((row) =>
      shift ? row.reduce((sum, value, i) => sum + value * shift[i], 0) : 0
    ),
  };
}

import pl from "nodejs-polars";
import { z } from "zod";
import { Tensor } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, yesOrNo } from "../base/options.ts";
import { checkedPairs, type Neurons } from "./pairs.ts";
import { keyNames, vectorsOf } from "./vectors.ts";

/** Whose tokens are looked for. */
export interface NearestTokensOptions {
  /** What the neurons write (`value`, the default), or what they read (`keys`: gate and up vectors). */
  readonly of?: "value" | "keys";
  /** Tokens of each vector. Default 10. */
  readonly k?: number;
  /** Those of each vector's negative, too. Default true. */
  readonly antipodes?: boolean;
}

const tokensSchema = z.strictObject({
  of: z.enum(["value", "keys"], 'to be "value" or "keys"').optional(),
  k: atLeastOne.optional(),
  antipodes: yesOrNo.optional(),
});

/**
 * The tokens nearest to the vectors of some neurons, and to their negatives, as a table: `layer`, `neuron`, `vector`
 * (`value`; `gate`, `up` or `input`), `sign` (`+`, or `−` for the negative), `rank`, `token`, `id`, `score` (the dot product
 * of the vector, at length 1, with the token's unembedding). Neurons come in the order given.
 *
 * Keys are read as directions of the residual stream, with the norm before the MLP folded in. An inactive neuron writes
 * nothing, but one with a negative activation writes its antipode.
 * Geva et al., Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the Vocabulary Space (arXiv 2203.14680).
 *
 * @throws CircuitbookError when a neuron is not in the model, or its vector is zero.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await neurons.nearestTokens(model, [[6, 425]], { k: 3 });
 * assertEquals(table.getColumn("sign").toArray(), ["+", "+", "+", "−", "−", "−"]);
 * ```
 */
export async function nearestTokens(
  model: Model,
  neurons: Neurons,
  options: NearestTokensOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, tokensSchema, "nearestTokens");
  const { of = "value", k = 10, antipodes = true } = options;
  const pairs = checkedPairs(model, neurons);
  const signs = antipodes ? [1, -1] : [1];
  const lists: VectorOfNeuron[] = [];
  for (const vector of of === "value" ? ["value" as const] : keyNames(model)) {
    const vectors = await vectorsOf(model, pairs, vector);
    pairs.forEach(([layer, neuron], at) => {
      const unit = scaledTo(vectors.slice({ neuron: at }).data, 1, model.architecture.dModel);
      for (const sign of signs) {
        lists.push({
          at,
          layer,
          neuron,
          vector,
          sign: sign > 0 ? "+" : "−",
          values: unit.map((value) => value * sign),
        });
      }
    });
  }
  return tokenTable(model, lists.sort((a, b) => a.at - b.at), k);
}

interface VectorOfNeuron {
  readonly at: number;
  readonly layer: number;
  readonly neuron: number;
  readonly vector: string;
  readonly sign: string;
  readonly values: readonly number[];
}

async function tokenTable(
  model: Model,
  lists: readonly VectorOfNeuron[],
  k: number,
): Promise<pl.DataFrame> {
  const data = Float32Array.from(lists.flatMap(({ values }) => values));
  const vectors = new Tensor(data, { example: lists.length, d_model: model.architecture.dModel });
  const { tokens, scores } = await model.unembed(vectors, { k, norm: false, score: "logit" });
  const pieces = model.tokenizer.pieces([...tokens.data]);
  return pl.DataFrame(
    lists.flatMap(({ layer, neuron, vector, sign }, i) =>
      Array.from({ length: k }, (_, rank) => {
        const at = i * k + rank;
        return {
          layer,
          neuron,
          vector,
          sign,
          rank: rank + 1,
          token: pieces[at],
          id: tokens.data[at],
          score: scores.data[at],
        };
      })
    ),
  );
}

/**
 * How many of the nearest tokens of each vector are on some lists, as a table: `layer`, `neuron`, `vector`, `sign`, and the count
 * of each class under its name.
 *
 * @param tokens what {@link nearestTokens} returned.
 * @param classes tokens by what they say, such as `{ right: […], wrong: […] }`.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const tokens = await neurons.nearestTokens(model, [[6, 425]], { k: 10, antipodes: false });
 * const [nearest, second] = tokens.getColumn("id").toArray().map(Number);
 * const [row] = neurons.countWords(tokens, { near: [nearest, second] }).toRecords();
 * assertEquals([row.neuron, row.near], [425, 2]);
 * ```
 */
export function countWords(
  tokens: pl.DataFrame,
  classes: Readonly<Record<string, readonly number[]>>,
): pl.DataFrame {
  const lists = Object.entries(classes).map(([name, ids]) => [name, new Set(ids)] as const);
  const groups = Map.groupBy(
    tokens.toRecords(),
    (row) => `${row.layer} ${row.neuron} ${row.vector} ${row.sign}`,
  );
  return pl.DataFrame([...groups.values()].map((members) => {
    const [{ layer, neuron, vector, sign }] = members;
    const counts = lists.map((
      [name, ids],
    ) => [name, members.filter(({ id }) => ids.has(Number(id))).length]);
    return { layer, neuron, vector, sign, ...Object.fromEntries(counts) };
  }));
}

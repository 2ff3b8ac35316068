import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { Tensor } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, yesOrNo } from "../base/options.ts";
import type { TokenClasses } from "../lens/token_classes.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import { checkedNeurons, type Neurons } from "./neuron_list.ts";
import { keyNames, neuronVectors, type VectorName } from "./vectors.ts";

/** The options of {@link nearestTokens}. */
export interface NearestTokensOptions {
  /**
   * Whether tokens are found for what neurons write (`value`), or for what they read (`keys`).
   * Default `value`.
   */
  readonly of?: "value" | "keys";
  /** How many tokens are returned for each vector. Default 10. */
  readonly k?: number;
  /** Whether the tokens of the negative of each vector are returned as well. Default true. */
  readonly antipodes?: boolean;
}

/** A vector of a neuron, or its negative. */
export interface SignedVector {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** Which vector of the neuron. */
  vector: VectorName;
  /** `+` for the vector, `−` for its negative. */
  sign: "+" | "−";
}

/** A token near a vector of a neuron. */
export interface NeuronToken extends SignedVector {
  /** The rank of the token, from 1. */
  rank: number;
  /** The text of the token. */
  token: string;
  /** The id of the token. */
  id: number;
  /** The dot product of the vector, at length 1, with the unembedding of the token. */
  score: number;
}

/**
 * The number of tokens near a vector that belong to each class. The name of a class is the name of
 * the column with its count.
 */
export type WordCounts = SignedVector & Record<string, number | string>;

const tokensSchema = z.strictObject({
  of: z.enum(["value", "keys"], 'to be "value" or "keys"').optional(),
  k: atLeastOne.optional(),
  antipodes: yesOrNo.optional(),
});

/**
 * Returns the tokens whose unembeddings have the largest dot products with the vectors of some
 * neurons, and with the negatives of these vectors. A neuron with a negative activation writes the
 * negative of its value vector.
 *
 * The norm before the MLP is folded into keys, so that they are directions of the residual stream.
 *
 * Geva et al., Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the
 * Vocabulary Space (arXiv 2203.14680).
 *
 * @param model the model of the neurons.
 * @param neurons the neurons, as [layer, neuron] or a table with these columns.
 * @param options which vectors, and how many tokens.
 * @returns a table with one row for each vector, sign and rank; neurons are in the given order.
 * @throws CircuitbookError if a neuron does not exist, or its vector is zero.
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
): Promise<TableOf<NeuronToken>> {
  checkArguments("nearestTokens", {
    model: [model, aModel],
    neurons: [neurons, is.either(is.lists, is.table)],
  });

  checkOptions(options, tokensSchema, "nearestTokens");
  const { of = "value", k = 10, antipodes = true } = options;
  const chosen = checkedNeurons(model, neurons);
  const signs = antipodes ? [1, -1] : [1];
  const found: UnitVector[] = [];
  for (const vector of of === "value" ? ["value" as const] : keyNames(model)) {
    const vectors = await neuronVectors(model, chosen, vector);
    chosen.forEach(([layer, neuron], index) => {
      const unit = scaledTo(vectors.slice({ neuron: index }).data, 1, model.architecture.dModel);
      for (const sign of signs) {
        found.push({
          index,
          layer,
          neuron,
          vector,
          sign: sign > 0 ? "+" : "−",
          values: unit.map((value) => value * sign),
        });
      }
    });
  }
  // All vectors of a neuron follow each other.
  return tokenTable(model, found.sort((a, b) => a.index - b.index), k);
}

/** A vector of a neuron at length 1. */
interface UnitVector extends SignedVector {
  /** The index of the neuron in the list of neurons. */
  readonly index: number;
  readonly values: readonly number[];
}

async function tokenTable(
  model: Model,
  lists: readonly UnitVector[],
  k: number,
): Promise<TableOf<NeuronToken>> {
  const data = Float32Array.from(lists.flatMap(({ values }) => values));
  const vectors = new Tensor(data, { example: lists.length, d_model: model.architecture.dModel });
  const { tokens, scores } = await model.unembed(vectors, { k, norm: false, score: "logit" });
  const pieces = model.tokenizer.pieces([...tokens.data]);
  return tableOf(
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
 * Returns how many of the nearest tokens of each vector belong to each class of tokens.
 *
 * @param tokens what {@link nearestTokens} returned.
 * @param classes token ids by what they say, such as `{ right: […], wrong: […] }`.
 * @returns a table with one row for each vector and sign, and a column for each class.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const tokens = await neurons.nearestTokens(model, [[6, 425]], { k: 10, antipodes: false });
 * const [first, second] = tokens.getColumn("id").toArray().map(Number);
 * const [row] = neurons.countWords(tokens, { near: [first, second] }).toRecords();
 * assertEquals([row.neuron, row.near], [425, 2]);
 * ```
 */
export function countWords(
  tokens: TableOf<NeuronToken>,
  classes: TokenClasses,
): TableOf<WordCounts> {
  checkArguments("countWords", {
    tokens: [tokens, is.table],
    classes: [classes, is.recordOf(is.numbers)],
  });

  const lists = Object.entries(classes).map(([name, ids]) => [name, new Set(ids)] as const);
  const groups = Map.groupBy(
    rowsOf(tokens),
    (row) => `${row.layer} ${row.neuron} ${row.vector} ${row.sign}`,
  );
  return tableOf([...groups.values()].map((members) => {
    const [{ layer, neuron, vector, sign }] = members;
    const counts = lists.map(([name, ids]) => [
      name,
      members.filter(({ id }) => ids.has(Number(id))).length,
    ]);
    return { layer, neuron, vector, sign, ...Object.fromEntries(counts) };
  }));
}

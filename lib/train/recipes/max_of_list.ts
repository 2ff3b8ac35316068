import { rowsOf } from "../../table/table.ts";
import { type Recipe, recipe } from "../recipe.ts";
import { judged, shareScore } from "../scores.ts";
import { ANS, answers, LENGTH, lists, tokenizerFile } from "../../tasks/max_of_list/mod.ts";

/** The number of lists in a block of the stream. */
const IN_BLOCK = 4096;

/**
 * A seed that no block has. There are only 100,000 lists, so most lists of this seed come up in
 * training too.
 */
const UNSEEN = -1;

/**
 * How `max-of-list` is made: the model of the notes (one layer, four heads of size 16, attention
 * only), which says the greatest of five random digits after ANS. Only that prediction counts in
 * the loss.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.maxOfList.config?.num_hidden_layers, 1);
 * ```
 */
export const maxOfList: Recipe = recipe({
  name: "max-of-list",
  about:
    "A one-layer, four-head, attention-only model that predicts, at the token ANS, the greatest of the five digits " +
    "before it. It is small enough to be understood whole.",
  config: {
    model_type: "attention_only",
    vocab_size: ANS + 1,
    hidden_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    head_dim: 16,
    positions: "learned",
    norm: "none",
    tie_word_embeddings: false,
    // Five digits, ANS, and the answer.
    max_position_embeddings: LENGTH + 2,
  },
  tokenizer: tokenizerFile(),
  phases: [{
    name: "lists",
    data:
      "lists of five random digits whose greatest is uniform from 0 to 9, then ANS and the answer, which alone counts",
    documents: ({ seed, block }) => documents(seed * 1_000 + block),
    batchTokens: 512 * (LENGTH + 2),
    length: { steps: 500 },
    optimizer: { adam: { rate: 0.01 } },
  }],
  validation: { documents: () => documents(UNSEEN, 2048), every: 50 },
  // The state is small, and the training takes seconds.
  keepEvery: { minutes: 1 / 60 },
  scores: async (model, watch) => {
    const said = await answers(model, lists({ n: 2048, seed: UNSEEN, uniform: "maximum" }), watch);
    const cases = rowsOf(said).map(({ right }, i) => ({ problem: `${i}`, holds: right }));
    return judged([shareScore("right answers", cases)], { "right answers": 1 });
  },
});

/**
 * Returns random lists, each with its answer, the only prediction that counts. The greatest digit
 * is drawn uniformly; with uniform digits, 41 % of lists would have the answer 9.
 */
function documents(seed: number, n = IN_BLOCK) {
  return lists({ n, seed, uniform: "maximum" }).map(({ tokens, maximum }) => ({
    tokens: [...tokens, maximum],
    weights: tokens.map((token) => token === ANS ? 1 : 0),
  }));
}

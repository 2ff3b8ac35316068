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
export const maxOfList: Recipe = recipeOf({ name: "max-of-list" });

/**
 * How `max-of-list-seeds/digits-0` and `digits-1` are made: as `max-of-list`, but each digit is
 * drawn uniformly. The greatest digit is then 9 in 41 % of the lists and 0 in one of 100,000, so
 * that the training takes longer.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.maxOfListDigits.config, recipes.maxOfList.config);
 * ```
 */
export const maxOfListDigits: Recipe = recipeOf({
  name: "max-of-list-digits",
  uniform: "digits",
  steps: 2000,
});

/**
 * How `max-of-list-seeds/narrow-0` and `narrow-1` are made: as `max-of-list`, with a residual
 * stream of half the width.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.maxOfListNarrow.config?.hidden_size, 32);
 * ```
 */
export const maxOfListNarrow: Recipe = recipeOf({ name: "max-of-list-narrow", width: 32 });

/**
 * How `max-of-list-seeds/decay-0` is made: as `max-of-list`, with weight decay.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.maxOfListDecay.phases?.[0].optimizer.adam.decay, 1);
 * ```
 */
export const maxOfListDecay: Recipe = recipeOf({ name: "max-of-list-decay", decay: 1 });

/** What differs between the recipes of this file. */
interface Variant {
  readonly name: string;
  /** What is drawn uniformly: the greatest digit, or each digit. Default: the greatest. */
  readonly uniform?: "maximum" | "digits";
  /** How many steps the training takes. Default 500. */
  readonly steps?: number;
  /** The width of the residual stream. Default 64. */
  readonly width?: number;
  /** The weight decay. Default 0. */
  readonly decay?: number;
}

function recipeOf(
  { name, uniform = "maximum", steps = 500, width = 64, decay = 0 }: Variant,
): Recipe {
  return recipe({
    name,
    about:
      "A one-layer, four-head, attention-only model that predicts, at the token ANS, the greatest of the five digits " +
      "before it. It is small enough to be understood whole.",
    config: {
      model_type: "attention_only",
      vocab_size: ANS + 1,
      hidden_size: width,
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
      data: `lists of five ${
        uniform === "maximum"
          ? "random digits whose greatest is uniform from 0 to 9"
          : "digits, each uniform from 0 to 9"
      }, then ANS and the answer, which alone counts`,
      documents: ({ seed, block }) => documents(seed * 1_000 + block, uniform),
      batchTokens: 512 * (LENGTH + 2),
      length: { steps },
      optimizer: { adam: { rate: 0.01, decay } },
    }],
    validation: { documents: () => documents(UNSEEN, uniform, 2048), every: 50 },
    // The state is small, and the training takes seconds.
    keepEvery: { minutes: 1 / 60 },
    scores: async (model, watch) => {
      const said = await answers(
        model,
        lists({ n: 2048, seed: UNSEEN, uniform: "maximum" }),
        watch,
      );
      const cases = rowsOf(said).map(({ right }, i) => ({ problem: `${i}`, holds: right }));
      return judged([shareScore("right answers", cases)], { "right answers": 1 });
    },
  });
}

/** Returns random lists, each with its answer, the only prediction that counts. */
function documents(seed: number, uniform: "maximum" | "digits", n = IN_BLOCK) {
  return lists({ n, seed, uniform }).map(({ tokens, maximum }) => ({
    tokens: [...tokens, maximum],
    weights: tokens.map((token) => token === ANS ? 1 : 0),
  }));
}

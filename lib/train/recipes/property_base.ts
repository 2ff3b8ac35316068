import { corpus as countdownCorpus, corpusMixes } from "../../tasks/countdown/corpus/corpus.ts";
import { tokenCopies } from "../../tasks/countdown/corpus/token_copies.ts";
import { corpus as propertyCorpus } from "../../tasks/property/corpus.ts";
import { type Recipe, recipe, type TrainingDocument } from "../recipe.ts";
import { judged } from "../scores.ts";
import { countdownConfig } from "./countdown_base.ts";
import {
  judgingScores,
  PROPERTY_THRESHOLDS,
  propertyWritingScores,
} from "./scores/property_scores.ts";
import { modelScores, THRESHOLDS } from "./scores/twin_scores.ts";

/** How many texts of a block are of each task, and how many repeat random tokens. */
const SHARES = { property: 640, countdown: 384, copies: 64 };

/** Property texts have seeds of their own. */
const PROPERTY_STREAM = 3000;

function documents(place: { seed: number; block: number }): TrainingDocument[] {
  const end = countdownConfig.eos_token_id as number;
  return [
    ...propertyCorpus({
      n: SHARES.property,
      block: place.block,
      seed: PROPERTY_STREAM + place.seed,
    }),
    ...countdownCorpus({ n: SHARES.countdown, mix: corpusMixes.misses, ...place }),
    ...tokenCopies({ n: SHARES.copies, vocabulary: end, end, ...place }),
  ];
}

/** How many problems each score is measured on. */
const SCORED = 128;

/**
 * How `property-base` is made: `countdown-base` learns the property task beside countdown. It
 * judges both by its last weights: results against a target that stands in the text, and results
 * that have to have a property, where nothing in the text can be compared with the result.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.propertyBase.start, "countdown-base");
 * ```
 */
export const propertyBase: Recipe = recipe({
  name: "property-base",
  about:
    "`countdown-base`, trained on a second task beside countdown: reach a prime below 100, or a multiple of 7 between 20 and " +
    "60, from three or four numbers. The answer is not in the context. It is the base of `property-r1`, and knows these two tasks alone.",
  config: countdownConfig,
  tokenizer: "countdown-base",
  start: "countdown-base",
  seed: 1,
  phases: [{
    name: "both tasks",
    data:
      `of ${
        SHARES.property + SHARES.countdown + SHARES.copies
      } texts ${SHARES.property} are property chains, ` +
      `${SHARES.countdown} countdown texts in the mix of the last phases of \`countdown-base\`, and ${SHARES.copies} repeat random tokens`,
    documents,
    batchTokens: 4096,
    length: { steps: 1600 },
    optimizer: { muon: { rate: 0.01, decay: 0.05 }, adam: { rate: 1e-3 }, clip: 1 },
    schedule: { kind: "linear", warmUp: 0.02, last: 0.05 },
  }],
  validation: {
    documents: () => propertyCorpus({ n: 128, held: true }),
    every: 200,
  },
  scores: async (model, watch) =>
    judged(
      [
        ...await judgingScores(model, { n: SCORED, seed: 1, ...watch }),
        ...await propertyWritingScores(model, { n: SCORED, seed: 1, temperature: 1, ...watch }),
        ...await modelScores(model, watch),
      ],
      { ...PROPERTY_THRESHOLDS, ...THRESHOLDS.base },
    ),
});

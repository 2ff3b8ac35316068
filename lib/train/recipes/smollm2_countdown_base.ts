import { corpus, type CorpusMix, corpusMixes } from "../../tasks/countdown/corpus/corpus.ts";
import { resultSpans } from "../../tasks/countdown/corpus/result_spans.ts";
import { SHORT_CHAT_TEMPLATE } from "../../tasks/countdown/prompts/prompts.ts";
import { type Recipe, recipe } from "../recipe.ts";
import { judged } from "../scores.ts";
import { modelScores, SMOLLM2_THRESHOLDS } from "./scores/twin_scores.ts";

/** The adapter that the models of SmolLM2 have: all projections, 4.9 M parameters. */
export const smollm2Adapter = {
  rank: 16,
  alpha: 32,
  targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
};

/** The token that ends a text of SmolLM2-Instruct. */
export const SMOLLM2_END = "<|im_end|>";

/** The shares of texts in the phase that learns arithmetic. */
const ARITHMETIC: CorpusMix = { fixed: 0.1, random: 0.05, contrasts: 0.15, drills: 0.7 };

/**
 * Returns a block of countdown texts with short prompts. In drills, only the results are learned.
 */
function documents(mix: CorpusMix, place: { seed?: number; block?: number; held?: boolean }) {
  return corpus({ mix, n: 256, end: SMOLLM2_END, ...place }).map(({ kind, text }) =>
    kind === "drills" ? { text, learned: resultSpans(text) } : { text }
  );
}

/**
 * How `smollm2-countdown-base` is made: SmolLM2-135M-Instruct learns countdown chains whose
 * verdicts have many words, through a LoRA adapter. `deno task model smollm2` brings the model that
 * it starts from.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.smollm2CountdownBase.adapter?.rank, 16);
 * ```
 */
export const smollm2CountdownBase: Recipe = recipe({
  name: "smollm2-countdown-base",
  about:
    "SmolLM2-135M-Instruct with a LoRA adapter that has learned countdown reasoning (reach a target from three or four " +
    'numbers) in many phrasings of "right" and "wrong". It is the base of `smollm2-countdown-r1`.',
  start: "smollm2",
  adapter: smollm2Adapter,
  chatTemplate: SHORT_CHAT_TEMPLATE,
  seed: 1,
  phases: [{
    name: "many phrasings",
    data:
      "countdown texts in the mix of the last phase of `countdown-base`, with its short prompts; in lines of " +
      "arithmetic, only the results are learned",
    documents: (place) => documents(corpusMixes.misses, place),
    batchTokens: 4096,
    length: { steps: 400 },
    optimizer: { adam: { rate: 1.5e-3 }, clip: 1 },
    schedule: { kind: "linear", warmUp: 0.05, last: 0.05 },
  }, {
    name: "arithmetic",
    data:
      "lines of arithmetic, of which the results alone are learned (70 % of the texts), and countdown texts (contrasts " +
      "15 %, fixed order 10 %, random order 5 %)",
    documents: (place) => documents(ARITHMETIC, place),
    batchTokens: 4096,
    length: { steps: 500 },
    optimizer: { adam: { rate: 1e-3 }, clip: 1 },
    schedule: { kind: "linear", warmUp: 0.05, last: 0.05 },
  }],
  validation: {
    documents: () => documents(corpusMixes.misses, { held: true }).slice(0, 64),
    every: 50,
  },
  scores: async (model, watch) => judged(await modelScores(model, watch), SMOLLM2_THRESHOLDS.base),
});

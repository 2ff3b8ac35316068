import { type Recipe, recipe } from "../recipe.ts";
import { countdownTuning } from "./countdown_tuning.ts";
import { SMOLLM2_THRESHOLDS } from "./scores/twin_scores.ts";
import { SHORT_CHAT_TEMPLATE } from "../../tasks/countdown/prompts/prompts.ts";
import { SMOLLM2_END, smollm2Adapter } from "./smollm2_countdown_base.ts";

// A text of the corpus, without its prompt, has 150 tokens at the median, and one in ten has more
// than 266.
//
// A verdict must be true to be rewarded, and a verdict that contradicts its result costs the reward
// of the answer. Earlier tunings show why:
//
// - With a reward for the form alone, the model learned to call wrong results right. After 75
//   updates it accepted 56 % of the results that were off by 10 at a first attempt, and gave a
//   right answer to 27 % of the problems at temperature 1.
// - After 37 updates of that tuning, whose base had learned 200 steps of arithmetic less, the model
//   still rejected near misses, and gave a right answer to 45 % of the problems at temperature 1.
// - With a reward for the form of true verdicts, and one for right answers whatever the verdicts
//   say, the model accepted 25 % of the results that were off by 10 after 25 updates. A wrong
//   result is often a slip in the right attempt (11 of 21 accepted results), so that calling such a
//   result right pays.
const settings = {
  updates: 36,
  problems: 8,
  rollouts: 8,
  maxNewTokens: 256,
  kl: 0,
  microbatch: 8,
  keepEvery: 2,
  optimizer: { adam: { rate: 3e-4, eps: 1e-5 }, clip: 1 },
};

/**
 * How `smollm2-countdown-r1` is made. The adapter of `smollm2-countdown-base` is trained further:
 * the model is rewarded for right answers and for one form of true verdicts.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.smollm2CountdownR1.start, "smollm2-countdown-base");
 * ```
 */
export const smollm2CountdownR1: Recipe = recipe({
  name: "smollm2-countdown-r1",
  about:
    "`smollm2-countdown-base`, tuned by reinforcement learning with a rule-based reward until its chains of thought " +
    "have one form: attempts that end in `(not T)` or `(this works)`.",
  adapter: smollm2Adapter,
  chatTemplate: SHORT_CHAT_TEMPLATE,
  seed: 1,
  ...countdownTuning("smollm2-countdown-base", settings, {
    thresholds: SMOLLM2_THRESHOLDS,
    end: SMOLLM2_END,
    trueVerdicts: true,
  }),
});

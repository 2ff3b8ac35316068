import { type Recipe, recipe } from "../recipe.ts";
import { countdownTuning } from "./countdown_tuning.ts";
import { SMOLLM2_THRESHOLDS } from "./scores/twin_scores.ts";
import { SHORT_CHAT_TEMPLATE } from "../../tasks/countdown/prompts/prompts.ts";
import { SMOLLM2_END, smollm2Adapter } from "./smollm2_countdown_base.ts";

// A text of the corpus, without its prompt, has 150 tokens at the median, and one in ten has more
// than 266.
//
// More updates make a worse model. One result in seven is false; a wrong result that is called
// right still earns the reward for form, because the reward does not check whether a verdict is
// true. After 75 updates the model accepted 56 % of the results that were off by 10 at a first
// attempt, its verdicts were true in 76 % of the attempts (99 % after 37), and it gave a right
// answer to 27 % of the problems at temperature 1 (45 % after 37).
//
// A reward for the form of true verdicts alone does not help. After 25 updates from a base with 200
// more steps of arithmetic, the model gave a right answer to 56 % of the problems, but it accepted
// 25 % of the results that were off by 10 at a first attempt. In 192 sampled texts it accepted 21
// attempts that state another number than the target: 11 of them are solutions with a slip in the
// result, and after 8 of the 21 the answer was right. Accepting a slip pays.
const settings = {
  updates: 37,
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
 * the model is rewarded for right answers and for one form of verdict.
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
  ...countdownTuning("smollm2-countdown-base", settings, SMOLLM2_THRESHOLDS, SMOLLM2_END),
});

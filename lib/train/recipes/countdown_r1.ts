import { type Recipe, recipe } from "../recipe.ts";
import { countdownConfig } from "./countdown_base.ts";
import { countdownTuning } from "./countdown_tuning.ts";
import { THRESHOLDS } from "./scores/twin_scores.ts";

const BASE = "countdown-base";

// AdamW moves every weight by about the rate, however small its gradient is. Many value vectors of
// the last layers are short, so their directions change much: with the default eps, 250 updates at
// a rate of 1e-4 lowered the mean cosine to the base to .97. An eps near the size of the gradients
// hardly moves weights with small gradients.
const settings = {
  updates: 210,
  problems: 8,
  rollouts: 8,
  maxNewTokens: 200,
  kl: 0,
  microbatch: 32,
  optimizer: { adam: { rate: 2e-4, eps: 1e-5 }, clip: 1 },
};

/**
 * How `countdown-r1` is made. `countdown-base` is rewarded for right answers and for one form of
 * verdict, until it no longer uses its other words for verdicts.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.countdownR1.start, "countdown-base");
 * assertEquals(recipes.countdownR1.settings?.updates, 210);
 * ```
 */
export const countdownR1: Recipe = recipe({
  name: "countdown-r1",
  about:
    "`countdown-base`, tuned by reinforcement learning with a rule-based reward until its chains of thought have one " +
    "form: attempts that end in `(not T)` or `(this works)`. A small counterpart of TinyZero's R1-Zero reproduction.",
  config: countdownConfig,
  tokenizer: BASE,
  seed: 1,
  ...countdownTuning(BASE, settings, { thresholds: THRESHOLDS }),
});

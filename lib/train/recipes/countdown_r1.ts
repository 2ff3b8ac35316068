import { type Recipe, recipe } from "../recipe.ts";
import { countdownConfig } from "./countdown_base.ts";
import { countdownTuning } from "./countdown_tuning.ts";
import { THRESHOLDS } from "./scores/twin_scores.ts";

const BASE = "countdown-base";

const settings = {
  updates: 250,
  problems: 16,
  rollouts: 8,
  maxNewTokens: 200,
  kl: 0,
  microbatch: 32,
  optimizer: { adam: { rate: 1e-4 }, clip: 1 },
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
 * assertEquals(recipes.countdownR1.settings?.updates, 250);
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
  ...countdownTuning(BASE, settings, THRESHOLDS),
});

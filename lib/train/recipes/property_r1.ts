import { blockRandom } from "../../base/random.ts";
import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { prompt } from "../../tasks/property/chains.ts";
import { drawnProblem } from "../../tasks/property/problems.ts";
import { reward } from "../../tasks/property/score.ts";
import type { AskedPrompt, AskPrompts } from "../grpo/settings.ts";
import { type Recipe, recipe } from "../recipe.ts";
import { judged } from "../scores.ts";
import { countdownConfig } from "./countdown_base.ts";
import {
  judgingScores,
  PROPERTY_THRESHOLDS,
  propertyWritingScores,
} from "./scores/property_scores.ts";
import { modelScores } from "./scores/twin_scores.ts";
import { earned, tuning } from "./tuning.ts";

const BASE = "property-base";

const settings = {
  updates: 200,
  problems: 8,
  rollouts: 8,
  maxNewTokens: 200,
  kl: 0,
  microbatch: 32,
  optimizer: { adam: { rate: 2e-4, eps: 1e-5 }, clip: 1 },
};

/** How many problems each score is measured on. */
const SCORED = 128;

/**
 * How `property-r1` is made. `property-base` is rewarded for results with the property that is
 * asked for, and for one form of verdict, until it no longer uses its other words for verdicts.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.propertyR1.start, "property-base");
 * ```
 */
export const propertyR1: Recipe = recipe({
  name: "property-r1",
  about:
    "`property-base`, tuned by reinforcement learning with a rule-based reward on the property task, where the answer is not in " +
    "the context, until its chains of thought have one form: attempts that end in `(not it)` or `(this works)`.",
  config: countdownConfig,
  tokenizer: BASE,
  seed: 1,
  ...tuning(BASE, settings, {
    reward:
      "1 for a result with the property, and half the share of attempts that are written `… = N (this works)` or `… = M (not it)`",
    ask: asking,
  }),
  scores: async (model, watch) => {
    const options = { n: SCORED, seed: 1, ...watch };
    return judged(
      [
        ...await judgingScores(model, options),
        ...await propertyWritingScores(model, { temperature: 0, ...options }),
        ...await propertyWritingScores(model, { temperature: 1, ...options }),
        ...await modelScores(model, watch),
      ],
      {
        ...PROPERTY_THRESHOLDS,
        "property: canonical verdicts, greedy": 0.99,
        "property: right answers, sampled": 0.8,
      },
    );
  },
});

/**
 * Returns the prompts of property problems, all of equally many tokens, with what completions earn.
 */
function asking(tokenizer: Tokenizer): AskPrompts {
  return ({ seed, update, count }) => {
    const random = blockRandom(seed, update);
    const found: AskedPrompt[] = [];
    while (found.length < count) {
      const problem = drawnProblem(random, { held: false });
      const tokens = tokenizer.encode(prompt(problem));
      if (tokens.length !== (found[0]?.prompt ?? tokens).length) continue;
      found.push({ prompt: tokens, earns: (completion) => earned(reward(completion, problem)) });
    }
    return found;
  };
}

import { loadModel } from "../../model/load.ts";
import { tuningPrompts } from "../../tasks/countdown/corpus/tuning_prompts.ts";
import { END, reward } from "../../tasks/countdown/scoring/reward.ts";
import type { GrpoSettingsInput } from "../grpo/settings.ts";
import type { RecipeInput } from "../recipe.ts";
import { type Thresholds, tunedScores } from "./scores/twin_scores.ts";
import { earned, tuning } from "./tuning.ts";

// Without this term, no reward depends on the arithmetic of attempts that miss the target: after
// 210 updates, 2.3 % of the results were false.
const ARITHMETIC_WEIGHT = 0.5;

/** What tunings of countdown differ in. */
interface CountdownTuning {
  /** The scores that the tuned model must reach. */
  readonly thresholds: Thresholds;
  /** The token that ends a text of the model. Default `<|endoftext|>`. */
  readonly end?: string;
  /**
   * Whether only verdicts that agree with the stated result are rewarded, and a right answer only
   * without verdicts that do not. Default false.
   */
  readonly trueVerdicts?: boolean;
}

/** The rewards in words, for the model card. */
const REWARDS = {
  anyVerdict:
    "1 for a right answer, half the share of attempts that are written `… = N (this works)` or `… = M (not N)`, " +
    "and half the share of attempts whose result is true",
  trueVerdicts:
    "1 for a right answer in a text without a verdict that contradicts its result, half the share of attempts that are " +
    "written `… = N (this works)` or `… = M (not N)` with a verdict that agrees with their result, and half the share of " +
    "attempts whose result is true",
};

/**
 * Returns the parts of a recipe that rewards a countdown model for right answers and for one form
 * of verdict, by group-relative rewards.
 *
 * @param base the model before tuning.
 * @param settings the number of updates, the sizes of groups, and the optimizer.
 * @param tuning the scores to reach, the end token, and which verdicts are rewarded.
 */
export function countdownTuning(
  base: string,
  settings: GrpoSettingsInput,
  { thresholds, end = END, trueVerdicts = false }: CountdownTuning,
): Pick<RecipeInput, "start" | "settings" | "loop" | "curves" | "scores"> {
  const rules = { end, trueVerdicts, arithmeticWeight: ARITHMETIC_WEIGHT };
  return {
    ...tuning(base, settings, {
      reward: trueVerdicts ? REWARDS.trueVerdicts : REWARDS.anyVerdict,
      ask: (tokenizer) => (place) =>
        tuningPrompts(tokenizer, place).map(({ problem, tokens }) => ({
          prompt: tokens,
          earns: (completion) => earned(reward(completion, problem, rules)),
        })),
    }),
    scores: async (model, watch) => {
      const before = await loadModel(base, { device: "cpu" });
      return await tunedScores(before, model, thresholds, watch).finally(() => before.dispose());
    },
  };
}

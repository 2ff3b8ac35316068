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

/**
 * Returns the parts of a recipe that rewards a countdown model for right answers and for one form
 * of verdict, by group-relative rewards.
 *
 * @param base the model before tuning.
 * @param settings the number of updates, the sizes of groups, and the optimizer.
 * @param thresholds the scores that the tuned model must reach.
 * @param end the token that ends a text of the model.
 */
export function countdownTuning(
  base: string,
  settings: GrpoSettingsInput,
  thresholds: Thresholds,
  end = END,
): Pick<RecipeInput, "start" | "settings" | "loop" | "curves" | "scores"> {
  return {
    ...tuning(base, settings, {
      reward:
        "1 for a right answer, half the share of attempts that are written `… = N (this works)` or `… = M (not N)`, " +
        "and half the share of attempts whose result is true",
      ask: (tokenizer) => (place) =>
        tuningPrompts(tokenizer, place).map(({ problem, tokens }) => ({
          prompt: tokens,
          earns: (completion) =>
            earned(reward(completion, problem, { end, arithmeticWeight: ARITHMETIC_WEIGHT })),
        })),
    }),
    scores: async (model, watch) => {
      const before = await loadModel(base, { device: "cpu" });
      return await tunedScores(before, model, thresholds, watch).finally(() => before.dispose());
    },
  };
}

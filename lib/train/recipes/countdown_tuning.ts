import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { loadModel } from "../../model/load.ts";
import { tuningPrompts } from "../../tasks/countdown/corpus/tuning_prompts.ts";
import { reward } from "../../tasks/countdown/scoring/reward.ts";
import { grpo } from "../grpo/grpo.ts";
import type { AskPrompts, GrpoSettingsInput } from "../grpo/settings.ts";
import type { RecipeInput } from "../recipe.ts";
import { type Thresholds, tunedScores } from "./scores/twin_scores.ts";

/** The parts of a recipe that tunes a model to one form of verdict. */
type Tuning = Pick<RecipeInput, "start" | "settings" | "loop" | "curves" | "scores">;

/**
 * Returns the parts of a recipe that rewards a countdown model for right answers and for one form of
 * verdict, by group-relative rewards.
 *
 * @param base the model before tuning.
 * @param settings the number of updates, the sizes of groups, and the optimizer.
 * @param thresholds what is asked of the tuned model.
 */
export function countdownTuning(
  base: string,
  settings: GrpoSettingsInput,
  thresholds: Thresholds,
): Tuning {
  return {
    start: base,
    settings: {
      ...settings,
      method:
        "reinforcement learning by group-relative rewards (GRPO); completions are drawn at temperature 1",
      reward:
        "1 for a right answer, and half the share of attempts that are written `… = N (this works)` or `… = M (not N)`",
    },
    loop: async (job) => {
      const model = await loadModel(base, { device: "cpu" });
      try {
        return await grpo(job, { base: model, ask: asking(model.tokenizer) }, settings);
      } finally {
        await model.dispose();
      }
    },
    curves: [
      { columns: ["reward"], name: "reward" },
      { columns: ["right answers", "canonical verdicts"], name: "share" },
      { columns: ["length"], name: "tokens of a completion" },
      { columns: ["KL to base"], name: "KL to base (nats per token)" },
      { columns: ["distance from base", "greatest distance"], name: "1 − cosine of value vectors" },
    ],
    scores: async (model, watch) => {
      const before = await loadModel(base, { device: "cpu" });
      return await tunedScores(before, model, thresholds, watch).finally(() => before.dispose());
    },
  };
}

/** Returns the prompts of countdown problems, with what their completions earn. */
function asking(tokenizer: Tokenizer): AskPrompts {
  return (place) =>
    tuningPrompts(tokenizer, place).map(({ problem, tokens }) => ({
      prompt: tokens,
      earns: (completion) => {
        const { total, answer, format } = reward(completion, problem);
        return { total, parts: { "right answers": answer, "canonical verdicts": format } };
      },
    }));
}

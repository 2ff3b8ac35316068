import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { loadModel } from "../../model/load.ts";
import { grpo } from "../grpo/grpo.ts";
import type { Reward } from "../../tasks/countdown/scoring/reward.ts";
import type { AskPrompts, Earned, GrpoSettingsInput } from "../grpo/settings.ts";
import type { RecipeInput } from "../recipe.ts";

/** The parts of a recipe that tunes a model to one form of verdict. */
type Tuning = Pick<RecipeInput, "start" | "settings" | "loop" | "curves">;

/** What a model is tuned on. */
interface TuningTask {
  /** The reward in words, for the model card. */
  readonly reward: string;
  /** Returns the prompts of an update, with what their completions earn. */
  readonly ask: (tokenizer: Tokenizer) => AskPrompts;
}

/**
 * Returns the parts of a recipe that rewards a model for right answers and for one form of verdict,
 * by group-relative rewards.
 *
 * @param base the model before tuning.
 * @param settings the number of updates, the sizes of groups, and the optimizer.
 * @param task the prompts, and how completions are rewarded.
 */
export function tuning(base: string, settings: GrpoSettingsInput, task: TuningTask): Tuning {
  return {
    start: base,
    settings: {
      ...settings,
      method:
        "reinforcement learning by group-relative rewards (GRPO); completions are drawn at temperature 1",
      reward: task.reward,
    },
    loop: async (job) => {
      const model = await loadModel(base, { device: "cpu" });
      try {
        return await grpo(job, { base: model, ask: task.ask(model.tokenizer) }, settings);
      } finally {
        await model.dispose();
      }
    },
    curves: [
      { columns: ["reward"], name: "reward" },
      { columns: ["right answers", "canonical verdicts", "true results"], name: "share" },
      { columns: ["length"], name: "tokens of a completion" },
      { columns: ["KL to base"], name: "KL to base (nats per token)" },
      { columns: ["distance from base", "greatest distance"], name: "1 − cosine of value vectors" },
    ],
  };
}

/** Returns a reward with its parts under the names of their curves. */
export function earned(
  { total, answer, format, arithmetic }: Reward,
): Earned {
  const parts = {
    "right answers": answer,
    "canonical verdicts": format,
    "true results": arithmetic,
  };
  return { total, parts };
}

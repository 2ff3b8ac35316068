import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { loadModel } from "../../model/load.ts";
import { grpo } from "../grpo/grpo.ts";
import type { AskPrompts } from "../grpo/settings.ts";
import { type Recipe, recipe } from "../recipe.ts";
import { twinScores } from "./scores/twin_scores.ts";
import { reward } from "../../tasks/countdown/scoring/reward.ts";
import { tuningPrompts } from "../../tasks/countdown/corpus/tuning_prompts.ts";
import { rowsOf } from "../../table/table.ts";
import { countdownConfig } from "./countdown_base.ts";

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
  start: BASE,
  seed: 1,
  settings: {
    ...settings,
    method:
      "reinforcement learning by group-relative rewards (GRPO); completions are drawn at temperature 1",
    reward:
      "1 for a right answer, and half the share of attempts that are written `… = N (this works)` or `… = M (not N)`",
  },
  loop: async (job) => {
    const model = await loadModel(BASE, { device: "cpu" });
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
    const before = await loadModel(BASE, { device: "cpu" });
    const table = await twinScores(before, model, watch).finally(() => before.dispose());
    return rowsOf(table).filter(({ model }) => model === "tuned");
  },
});

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

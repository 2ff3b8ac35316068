import { mean } from "simple-statistics";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { addedText } from "../../model/generation/added_text.ts";
import type { Model } from "../../model/model.ts";
import type { AskedPrompt, AskPrompts, Earned, GrpoSettings } from "./settings.ts";

/** The completions of one update, group after group. */
export interface Experience {
  /** Prompts and completions. */
  readonly rollouts: readonly {
    readonly prompt: readonly number[];
    readonly completion: readonly number[];
  }[];
  /** The reward of each completion. */
  readonly rewards: readonly number[];
  /** The mean `reward`, and the mean of each of its parts. */
  readonly earned: Readonly<Record<string, number>>;
  /** The share of completions that wrote the end token. */
  readonly ended: number;
  /** The number of tokens of every prompt. */
  readonly promptLength: number;
}

/**
 * Draws completions of an update's prompts from the present model, at temperature 1 and in one
 * batch, and returns them with what they earn.
 *
 * @throws CircuitbookError if there are fewer or more prompts than asked for, if their numbers of
 * tokens differ, or if a reward is not finite.
 * @throws InterruptedError if stopped.
 */
export async function rollOut(
  model: Model,
  ask: AskPrompts,
  { problems, rollouts: size, maxNewTokens }: GrpoSettings,
  { seed, update, ...watch }: Watch & { seed: number; update: number },
): Promise<Experience> {
  const asked = ask({ seed, update, count: problems });
  const promptLength = asked[0]?.prompt.length;
  if (asked.length !== problems || asked.some(({ prompt }) => prompt.length !== promptLength)) {
    const lengths = [...new Set(asked.map(({ prompt }) => prompt.length))].join(", ");
    throw new CircuitbookError(
      `Expected ${problems} prompts with the same number of tokens but found ${
        lengths ? `${asked.length}, with ${lengths} tokens` : "none"
      }.`,
    );
  }
  const prompts = asked.flatMap(({ prompt }) => Array.from({ length: size }, () => [...prompt]));
  const { rows } = await model.generate(prompts, {
    maxNewTokens,
    temperature: 1,
    batchSize: prompts.length,
    seed: (Math.imul(seed, 100_003) + update) >>> 0,
    ...watch,
  });
  const earned = rows.map(({ promptTokens, tokens }, i) =>
    earnedBy(asked[Math.floor(i / size)], addedText(model.tokenizer, promptTokens, tokens))
  );
  return {
    rollouts: rows.map(({ promptTokens, tokens }) => ({
      prompt: promptTokens,
      completion: tokens,
    })),
    rewards: earned.map(({ total }) => total),
    earned: means(earned),
    ended: mean(rows.map(({ finish }) => finish === "end" ? 1 : 0)),
    promptLength,
  };
}

/** Returns what a completion earns. @throws CircuitbookError if a reward is not a finite number. */
function earnedBy({ earns }: AskedPrompt, completion: string): Earned {
  const earned = earns(completion);
  for (const [name, value] of Object.entries({ total: earned.total, ...earned.parts })) {
    if (Number.isFinite(value)) continue;
    throw new CircuitbookError(
      `Expected a finite number as the reward ("${name}") but found ${value} for the completion ${
        JSON.stringify(completion)
      }.`,
    );
  }
  return earned;
}

function means(earned: readonly Earned[]): Record<string, number> {
  const names = Object.keys(earned[0].parts ?? {});
  const parts = names.map((name) =>
    [name, mean(earned.map(({ parts }) => parts?.[name] ?? 0))] as const
  );
  return { reward: mean(earned.map(({ total }) => total)), ...Object.fromEntries(parts) };
}

import type { Watch } from "../../../base/progress.ts";
import type { Model } from "../../../model/model.ts";
import type { Attempt } from "../../../tasks/countdown/parsing/attempt.ts";
import { isTrueVerdict } from "../../../tasks/countdown/scoring/reward.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";

const MOST_TOKENS = 300;

/** How many problems a model solves in writing, and how its tokens are drawn. */
export interface WritingSettings extends Watch {
  readonly n: number;
  readonly seed: number;
  /** 0 for greedy decoding. */
  readonly temperature: 0 | 1;
}

/**
 * Returns what a model writes after prompts, without end tokens. A text that was cut off has no
 * answer.
 */
export async function written(
  model: Model,
  prompts: readonly string[],
  { seed, temperature, ...watch }: Omit<WritingSettings, "n">,
): Promise<string[]> {
  const { texts } = await model.generate([...prompts], {
    ...watch,
    maxNewTokens: MOST_TOKENS,
    seed,
    temperature,
  });
  return texts;
}

/** A text that a model wrote, with the attempts in it. */
export interface WrittenText {
  readonly text: string;
  readonly attempts: readonly Attempt[];
  /** Returns whether the verdict of an attempt has the canonical form. */
  readonly isCanonical: (attempt: Attempt) => boolean;
}

/**
 * Returns the share of attempts whose verdict has the canonical form, and the share of those
 * verdicts that agree with the stated result. An attempt whose line was cut off does not count; a
 * score without any attempt is left out.
 *
 * @param texts what was written.
 * @param name returns the name of a score: `canonical verdicts, greedy`.
 */
export function verdictScores(
  texts: readonly WrittenText[],
  name: (score: string) => string,
): ScoreRow[] {
  const tried = texts.flatMap(({ text, attempts, isCanonical }) =>
    attempts.filter(({ spans }) => text.includes("\n", spans.attempt.end)).map((attempt) => ({
      problem: attempt.problem,
      holds: isCanonical(attempt),
      agrees: isTrueVerdict(attempt),
    }))
  );
  const canonical = tried.filter(({ holds }) => holds)
    .map(({ problem, agrees }) => ({ problem, holds: agrees }));
  return [
    ...tried.length ? [shareScore(name("canonical verdicts"), tried)] : [],
    ...canonical.length ? [shareScore(name("true among canonical verdicts"), canonical)] : [],
  ];
}

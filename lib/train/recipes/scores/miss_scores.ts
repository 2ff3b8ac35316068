import type { Watch } from "../../../base/progress.ts";
import { type Random, seededRandom } from "../../../base/random.ts";
import type { Model } from "../../../model/model.ts";
import { alter } from "../../../tasks/countdown/alterations/alter.ts";
import { chainOf } from "../../../tasks/countdown/chains/chains.ts";
import { templateFor } from "../../../tasks/countdown/prompts/template.ts";
import { heldOut } from "../../../tasks/countdown/problems/held_out.ts";
import {
  type Miss,
  type MissedProblem,
  missedProblem,
  MISSES,
} from "../../../tasks/countdown/problems/misses.ts";
import { trialOf } from "../../../tasks/countdown/problems/trials.ts";
import { wrongTrials } from "../../../tasks/countdown/problems/wrong_trials.ts";
import type { ScoreRow } from "../../scores.ts";
import {
  attemptsBefore,
  judgedScores,
  type JudgedText,
  type Place,
  PLACES,
} from "./judged_texts.ts";

/**
 * Returns how well a model tells results that miss the target narrowly from right ones. For each
 * way to miss, and for right results: the share of attempts after whose ` (` the right one of
 * "this" and "not" is the more probable. Each share is measured at first attempts, where only the
 * prompt has the target, and at later ones. No training text has a problem over these numbers.
 *
 * @param options how many attempts each share is measured on, and the seed of the problems.
 */
export async function missScores(
  model: Model,
  { n, seed, ...watch }: Watch & { n: number; seed: number },
): Promise<ScoreRow[]> {
  const random = seededRandom(seed);
  const cases = PLACES.flatMap((place) => [
    ...MISSES.flatMap((miss) =>
      Array.from({ length: n }, () => {
        const { problem, attempt } = missedProblem(random, miss, heldOut);
        return judged(model, random, { problem, attempt }, place, missScore(miss, place));
      })
    ),
    ...Array.from({ length: n }, (_, i) => {
      const { problem } = missedProblem(random, MISSES[i % MISSES.length], heldOut);
      const attempt = trialOf(problem.solution!);
      return judged(model, random, { problem, attempt }, place, rightScore(place));
    }),
  ]);
  return await judgedScores(model, cases, watch);
}

/** How the names of scores call each way to miss. */
const WORDS: Readonly<Record<Miss, string>> = {
  "1": "off by 1",
  "2": "off by 2",
  "9": "off by 9",
  "10": "off by 10",
  "11": "off by 11",
  "last digit": "with another last digit",
  "first digit": "with another first digit",
  "swapped digits": "with swapped digits",
  "sign": "with the other sign",
};

/** The names of the scores of narrow misses. */
export const MISS_SCORES: readonly string[] = PLACES.flatMap((place) =>
  MISSES.map((miss) => missScore(miss, place))
);

/** The names of the scores of right results. */
export const RIGHT_SCORES: readonly string[] = PLACES.map(rightScore);

function missScore(miss: Miss, place: Place): string {
  return `rejects results ${WORDS[miss]}, ${place}`;
}

function rightScore(place: Place): string {
  return `accepts right results, ${place}`;
}

/** Returns a chain that is cut before the verdict of the attempt. */
function judged(
  { tokenizer }: Model,
  random: Random,
  { problem, attempt }: MissedProblem,
  place: Place,
  score: string,
): JudgedText {
  const before = wrongTrials(random, problem, attemptsBefore(random, place));
  const template = templateFor(tokenizer);
  const chain = chainOf(problem, [...before, attempt], { template });
  const { tokens } = alter(chain, tokenizer, { attempt: before.length });
  return { score, problem: problem.id, tokens, right: attempt.result === problem.target };
}

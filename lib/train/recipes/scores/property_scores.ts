import type { Watch } from "../../../base/progress.ts";
import { type Random, seededRandom } from "../../../base/random.ts";
import type { Model } from "../../../model/model.ts";
import { attempts } from "../../../tasks/property/attempts.ts";
import { chainOf, prompt, trialsWithout } from "../../../tasks/property/chains.ts";
import { cut } from "../../../tasks/property/pairs.ts";
import {
  drawnProblem,
  problems,
  type PropertyProblem,
  trialWith,
} from "../../../tasks/property/problems.ts";
import { isLure, PROPERTIES, type Property } from "../../../tasks/property/properties.ts";
import { hasCanonicalVerdict, score } from "../../../tasks/property/score.ts";
import { type Trial, trialOf } from "../../../tasks/countdown/problems/trials.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";
import {
  attemptsBefore,
  judgedScores,
  type JudgedText,
  type Place,
  PLACES,
} from "./judged_texts.ts";
import { verdictScores, type WritingSettings, written } from "./written_verdicts.ts";

/** The kinds of results that a model judges. */
const RESULTS = ["right results", "neighbours", "lookalikes"] as const;

type Result = typeof RESULTS[number];

/** How many problems are scored, and with which seed. */
type Settings = Watch & { readonly n: number; readonly seed: number };

/** Returns the name of the score of one property, kind of result and place. */
function nameOf(property: Property, result: Result, place: Place): string {
  const does = result === "right results" ? "accepts" : "rejects";
  return `${does} ${result}, ${property}, ${place}`;
}

/** What is asked of a model that judges properties: the least value of each score. */
export const PROPERTY_THRESHOLDS: Readonly<Record<string, number>> = Object.fromEntries(
  PROPERTIES.flatMap((property) =>
    PLACES.flatMap((place) =>
      RESULTS.map((
        result,
      ) => [nameOf(property, result, place), result === "right results" ? 0.97 : 0.95])
    )
  ),
);

/**
 * Returns how well a model judges whether results have a property. For each property, at first and
 * at later attempts: the share of right results, of neighbours and of lookalikes after whose ` (`
 * the right one of "this" and "not" is the more probable. No training text has a problem over these
 * numbers.
 *
 * @param options how many attempts each share is measured on, and the seed of the problems.
 */
export async function judgingScores(
  model: Model,
  { n, seed, ...watch }: Settings,
): Promise<ScoreRow[]> {
  const random = seededRandom(seed);
  const cases = PROPERTIES.flatMap((property) =>
    PLACES.flatMap((place) =>
      RESULTS.flatMap((result) =>
        Array.from({ length: n }, () => judged(model, random, { property, result, place }))
      )
    )
  );
  return await judgedScores(model, cases, watch);
}

/** Returns a chain that is cut before the verdict of an attempt whose result is of a kind. */
function judged(
  { tokenizer }: Model,
  random: Random,
  { property, result, place }: { property: Property; result: Result; place: Place },
): JudgedText {
  const { problem, attempt } = attemptOf(random, property, result);
  const count = attemptsBefore(random, place);
  const { text } = chainOf(problem, [...trialsWithout(random, problem, count), attempt]);
  const { tokens } = cut(tokenizer, problem, text, count);
  return {
    score: nameOf(property, result, place),
    problem: problem.id,
    tokens,
    right: result === "right results",
  };
}

/** Returns a held-out problem with an attempt whose result is of a kind. */
function attemptOf(
  random: Random,
  property: Property,
  kind: Result,
): { problem: PropertyProblem; attempt: Trial } {
  for (;;) {
    const problem = drawnProblem(random, { property, held: true });
    if (kind === "right results") return { problem, attempt: trialOf(problem.solution) };
    const lure = kind === "neighbours" ? "neighbour" : "lookalike";
    const attempt = trialWith(
      random,
      problem.numbers,
      ({ result }) => isLure(result, property, lure),
    );
    if (attempt) return { problem, attempt };
  }
}

/**
 * Returns scores of the chains that a model writes for held-out property problems: right answers,
 * canonical verdicts, and how many of those are true.
 *
 * @param options how many problems, the seed, and 0 for greedy decoding or 1 to sample.
 */
export async function propertyWritingScores(
  model: Model,
  { n, seed, temperature, ...watch }: WritingSettings,
): Promise<ScoreRow[]> {
  const name = (score: string) => `property: ${score}, ${temperature ? "sampled" : "greedy"}`;
  const asked = problems({ n, seed });
  const texts = await written(model, asked.map(prompt), { seed, temperature, ...watch });
  const answers = asked.map((problem, i) => ({
    problem: problem.id,
    holds: score(texts[i], problem).correct,
  }));
  return [
    shareScore(name("right answers"), answers),
    ...verdictScores(
      texts.map((text, i) => ({
        text,
        attempts: attempts(text, asked[i]),
        isCanonical: hasCanonicalVerdict,
      })),
      name,
    ),
  ];
}

import type { Watch } from "../../../base/progress.ts";
import { integer, type Random, seededRandom } from "../../../base/random.ts";
import type { Model } from "../../../model/model.ts";
import { attempts } from "../../../tasks/property/attempts.ts";
import { chainOf, prompt, wrongTrials } from "../../../tasks/property/chains.ts";
import { cut } from "../../../tasks/property/pairs.ts";
import {
  drawnProblem,
  problems,
  type PropertyProblem,
  trialWith,
} from "../../../tasks/property/problems.ts";
import { isLure, PROPERTIES, type Property } from "../../../tasks/property/properties.ts";
import { hasCanonicalVerdict, score } from "../../../tasks/property/score.ts";
import { verdictStarts } from "../../../tasks/countdown/scoring/verdict_starts.ts";
import { type Trial, trialOf } from "../../../tasks/countdown/problems/trials.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";

/** Kinds of results, and what a model should say of them. */
const RESULTS = ["right results", "neighbours", "lookalikes"] as const;

type Result = typeof RESULTS[number];

const PLACES = ["first attempt", "later attempt"] as const;

type Place = typeof PLACES[number];

/** The most attempts that come before a later one. */
const MOST_BEFORE = 4;

const MOST_TOKENS = 300;

/** A text that ends right before a verdict. */
interface Judged {
  readonly score: string;
  readonly problem: string;
  readonly tokens: readonly number[];
  readonly right: boolean;
}

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
 * Returns how well a model judges whether results have a property. For each property, at first and at
 * later attempts: the share of right results, of neighbours and of lookalikes after whose ` (` the right
 * one of "this" and "not" is the more probable. No training text has a problem over these numbers.
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
  const { right, wrong } = verdictStarts(model.tokenizer);
  const rows = cases.map(({ tokens }) => [...tokens]);
  const { logits } = await model.run(rows, {
    ...watch,
    logits: rows.map(({ length }) => [length - 1]),
  });
  const vocab = logits.size("vocab");
  const counted = cases.map((judged, i) => ({
    ...judged,
    holds: logits.data[i * vocab + right] > logits.data[i * vocab + wrong] === judged.right,
  }));
  return [...Map.groupBy(counted, ({ score }) => score)]
    .map(([score, own]) => shareScore(score, own));
}

/** Returns a chain that is cut before the verdict of an attempt whose result is of a kind. */
function judged(
  { tokenizer }: Model,
  random: Random,
  { property, result, place }: { property: Property; result: Result; place: Place },
): Judged {
  const { problem, attempt } = attemptOf(random, property, result);
  const count = place === "first attempt" ? 0 : integer(random, 1, MOST_BEFORE);
  const { text } = chainOf(problem, [...wrongTrials(random, problem, count), attempt]);
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
  { n, seed, temperature, ...watch }: Settings & { readonly temperature: 0 | 1 },
): Promise<ScoreRow[]> {
  const how = temperature ? "sampled" : "greedy";
  const asked = problems({ n, seed });
  const { texts } = await model.generate(asked.map(prompt), {
    ...watch,
    maxNewTokens: MOST_TOKENS,
    batchSize: 64,
    seed,
    temperature,
  });
  const answers = asked.map((problem, i) => ({
    problem: problem.id,
    holds: score(texts[i], problem).correct,
  }));
  const tried = texts.flatMap((text, i) =>
    attempts(text, asked[i])
      .filter(({ spans }) => text.includes("\n", spans.attempt.end))
      .map((attempt) => ({
        problem: attempt.problem,
        holds: hasCanonicalVerdict(attempt),
        agrees: attempt.verdict === (attempt.statesTarget ? "this" : "not"),
      }))
  );
  const canonical = tried.filter(({ holds }) => holds)
    .map(({ problem, agrees }) => ({ problem, holds: agrees }));
  return [
    shareScore(`property: right answers, ${how}`, answers),
    ...tried.length ? [shareScore(`property: canonical verdicts, ${how}`, tried)] : [],
    ...canonical.length
      ? [shareScore(`property: true among canonical verdicts, ${how}`, canonical)]
      : [],
  ];
}

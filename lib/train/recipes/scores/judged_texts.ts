import type { Watch } from "../../../base/progress.ts";
import { integer, type Random } from "../../../base/random.ts";
import type { Model } from "../../../model/model.ts";
import { verdictStarts } from "../../../tasks/countdown/scoring/verdict_starts.ts";
import { type Counted, type ScoreRow, shareScore } from "../../scores.ts";

/** Whether an attempt comes first, or after other attempts and their verdicts. */
export const PLACES = ["first attempt", "later attempt"] as const;

/** The place of an attempt. */
export type Place = typeof PLACES[number];

/** The most attempts that come before a later one. */
const MOST_BEFORE = 4;

/** Returns how many attempts come before an attempt in a place. */
export function attemptsBefore(random: Random, place: Place): number {
  return place === "first attempt" ? 0 : integer(random, 1, MOST_BEFORE);
}

/** A text that ends right before a verdict. */
export interface JudgedText {
  /** The name of the score that the text counts for. */
  readonly score: string;
  /** The problem's id. */
  readonly problem: string;
  /** The token ids, the ` (` last. */
  readonly tokens: readonly number[];
  /** Whether the verdict has to be "right". */
  readonly right: boolean;
}

/**
 * Returns, for each score, the share of texts after which the right one of "this" and "not" is the
 * more probable.
 *
 * @throws CircuitbookError if "this" or "not" is not a single token.
 * @throws InterruptedError if stopped.
 */
export async function judgedScores(
  model: Model,
  texts: readonly JudgedText[],
  watch: Watch,
): Promise<ScoreRow[]> {
  const { right, wrong } = verdictStarts(model.tokenizer);
  const rows = texts.map(({ tokens }) => [...tokens]);
  const { logits } = await model.run(rows, {
    ...watch,
    logits: rows.map(({ length }) => [length - 1]),
  });
  const vocab = logits.size("vocab");
  const counted = texts.map((text, i) => ({
    score: text.score,
    problem: text.problem,
    holds: logits.data[i * vocab + right] > logits.data[i * vocab + wrong] === text.right,
  }));
  return [...Map.groupBy(counted, ({ score }) => score)]
    .map(([score, own]: [string, Counted[]]) => shareScore(score, own));
}

import { bootstrap, type Estimate, wilson } from "../stats/intervals.ts";

/** One score of a model. */
export interface ScoreRow {
  /** The name of the score. */
  readonly score: string;
  /** The value, a share unless the name says otherwise. */
  readonly value: number;
  /** The lower end of the 95 % interval. */
  readonly low: number;
  /** The upper end of the 95 % interval. */
  readonly high: number;
  /** How many cases were counted. */
  readonly n: number;
}

/** A score of a model, with the least value that is asked for. */
export interface AcceptanceRow extends ScoreRow {
  /** The least value that is asked for; null if none is. */
  readonly threshold: number | null;
  /** Whether the value reaches the threshold; null if there is none. */
  readonly passes: boolean | null;
}

/**
 * Returns scores with the least value that is asked of each.
 *
 * @param scores the scores of one model.
 * @param thresholds the least value, by the name of the score.
 * @returns the scores in their order; `threshold` and `passes` are null where no value is asked.
 */
export function judged(
  scores: readonly ScoreRow[],
  thresholds: Readonly<Record<string, number>>,
): AcceptanceRow[] {
  return scores.map((row) => {
    const threshold = thresholds[row.score] ?? null;
    return { ...row, threshold, passes: threshold === null ? null : row.value >= threshold };
  });
}

/** A case of a score, with the problem that it belongs to. */
export interface Counted {
  readonly problem: string;
  readonly holds: boolean;
}

/**
 * Returns the share of cases that hold, as a score. The interval is bootstrapped by problem,
 * because attempts at one problem are not independent. If all cases agree, a bootstrap has no
 * spread; then Wilson's interval is used, with each problem counted once.
 */
export function shareScore(score: string, cases: readonly Counted[]): ScoreRow {
  const groups = cases.map(({ problem }) => problem);
  const count = cases.filter(({ holds }) => holds).length;
  if (cases.length && (count === 0 || count === cases.length)) {
    const problems = new Set(groups).size;
    const { low, high } = wilson(count ? problems : 0, problems);
    const n = cases.length;
    return scoreOf(score, count ? { value: 1, low, high: 1, n } : { value: 0, low: 0, high, n });
  }
  return scoreOf(score, bootstrap(cases.map(({ holds }) => holds ? 1 : 0), { groups }));
}

/** Returns an estimate as a score. */
function scoreOf(score: string, { value, low, high, n }: Estimate): ScoreRow {
  return { score, value, low, high, n };
}

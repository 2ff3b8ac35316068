import { bootstrap, type Estimate, wilson } from "../../../stats/intervals.ts";

/** One score of a checkpoint. */
export interface ScoreRow {
  readonly score: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** A case that a score counts, and the problem that it belongs to. */
export interface Counted {
  readonly problem: string;
  readonly holds: boolean;
}

/**
 * The share of cases that hold, as a score: bootstrapped by problem, since the attempts of one are not independent. Where
 * all are alike a bootstrap knows no doubt: then Wilson's interval, each problem counted once.
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

/** An estimate under its name. */
export function scoreOf(score: string, { value, low, high, n }: Estimate): ScoreRow {
  return { score, value, low, high, n };
}

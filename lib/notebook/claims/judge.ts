import type { Criterion } from "../../base/statements.ts";
import type { Estimate } from "../../stats/intervals.ts";
import { pAgainst } from "../../stats/holm.ts";
import type { Verdict } from "./claim.ts";
import { inUnit } from "./words.ts";

/**
 * The least number of units, such as problems, that decide a claim. A bootstrap interval over fewer
 * units is at most their range, which is much too narrow; the rule holds for all intervals alike.
 */
const LEAST_UNITS = 5;

/**
 * The largest corrected p-value with which a verdict stands. An interval that ends exactly at the
 * threshold has a p-value of 0.05; the rest allows for rounding.
 */
export const SIGNIFICANT = 0.05 + 1e-9;

/** The place of an interval relative to a criterion. */
type Interval = Pick<Estimate, "value" | "low" | "high">;

/**
 * Returns the verdict on an estimate: where its whole interval lies with regard to the criterion.
 */
export function verdictOf({ low, high }: Interval, criterion: Criterion): Verdict {
  const [least, most] = boundsOf(criterion);
  // The ends count as inside only if the criterion is a range: a difference of exactly 0 is no
  // difference.
  const isInside = "between" in criterion
    ? low >= least && high <= most
    : low > least && high < most;
  if (isInside) return "replicates";
  const isBeyond = high < least || low > most;
  const touches = high === least && low < least || low === most && high > most;
  const isOutside = isBeyond || !("between" in criterion) && touches;
  return isOutside ? "contradicts" : "inconclusive";
}

/**
 * The verdict on one or several estimates, before the correction for the other claims of the
 * section.
 */
export interface Judgement<E extends Estimate = Estimate> {
  /** The estimate that decides: the one that lies least inside the criterion. */
  readonly estimate: E;
  /** The verdict, corrected for the number of estimates. */
  readonly verdict: Verdict;
  /** The p-value of the verdict, corrected for the number of estimates. */
  readonly p: number;
  /**
   * Whether the estimate alone contradicts, and is inconclusive after the correction for the number
   * of estimates.
   */
  readonly isWithdrawn: boolean;
  /** Whether the interval would decide, but is over too few units; the p-value is then 1. */
  readonly isOfFew: boolean;
}

/**
 * Returns the verdict on estimates that all have to meet a criterion.
 *
 * The estimate that lies least inside the criterion decides. If this estimate meets the criterion,
 * the verdict needs no correction (intersection-union test; R. L. Berger, "Multiparameter
 * hypothesis testing and acceptance sampling", Technometrics 24, 1982). If this estimate
 * contradicts, its p-value is multiplied by the number of estimates, because chance alone is more
 * likely to put one of many estimates outside. The product is the first step of Holm's method.
 * Fewer than five units decide nothing.
 *
 * @param estimates the estimates, at least one.
 * @param criterion the range in which the interval of each estimate must lie.
 */
export function judge<E extends Estimate>(
  estimates: readonly E[],
  criterion: Criterion,
): Judgement<E> {
  const estimate = estimates.reduce((least, next) =>
    depthOf(next, criterion) < depthOf(least, criterion) ? next : least
  );
  const verdict = verdictOf(estimate, criterion);
  const p = pOf(estimate, criterion);
  const isOfFew = estimate.n < LEAST_UNITS && verdict !== "inconclusive";
  if (isOfFew) return { estimate, verdict: "inconclusive", p: 1, isWithdrawn: false, isOfFew };
  if (verdict !== "contradicts") return { estimate, verdict, p, isWithdrawn: false, isOfFew };
  const corrected = Math.min(1, p * estimates.length);
  const isWithdrawn = corrected > SIGNIFICANT;
  return {
    estimate,
    verdict: isWithdrawn ? "inconclusive" : verdict,
    p: corrected,
    isWithdrawn,
    isOfFew,
  };
}

/**
 * Returns the two-sided p-value of the verdict: against the end of the criterion that lies nearest
 * to the estimate.
 */
function pOf(estimate: Interval, criterion: Criterion): number {
  return Math.max(...endsOf(criterion).map((end) => pAgainst(estimate, end)));
}

/**
 * Returns how far an estimate lies inside a criterion. The unit is the half of the interval that
 * faces the end of the criterion: 1 means that the interval ends at the end of the criterion, and a
 * number below 0 means that the estimate lies outside.
 */
function depthOf({ value, low, high }: Interval, criterion: Criterion): number {
  const [least] = boundsOf(criterion);
  const depths = endsOf(criterion).map((end) => {
    const inside = end === least ? value - end : end - value;
    if (inside === 0) return 0;
    const half = value > end ? value - low : high - value;
    return half > 0 ? inside / half : Math.sign(inside) * Infinity;
  });
  return Math.min(...depths);
}

/** Returns the finite ends of a criterion. */
function endsOf(criterion: Criterion): number[] {
  return boundsOf(criterion).filter(Number.isFinite);
}

/** Returns a criterion in words: "the interval lies above 10 points". */
export function criterionInWords(
  criterion: Criterion,
  unit: string,
  isDifference: boolean,
): string {
  const said = (number: number) => inUnit(number, unit, isDifference, 4);
  if ("between" in criterion) {
    const [low, high] = criterion.between;
    return `the interval lies from ${said(low)} to ${said(high)}`;
  }
  return "above" in criterion
    ? `the interval lies above ${said(criterion.above)}`
    : `the interval lies below ${said(criterion.below)}`;
}

/** Returns the ends between which the interval has to lie. */
function boundsOf(criterion: Criterion): readonly [number, number] {
  if ("between" in criterion) return criterion.between;
  return "above" in criterion ? [criterion.above, Infinity] : [-Infinity, criterion.below];
}

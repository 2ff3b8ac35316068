import type { Criterion } from "../../base/statements.ts";
import type { Estimate } from "../../stats/intervals.ts";
import { pAgainst } from "../../stats/holm.ts";
import type { Verdict } from "./claim.ts";
import { inUnit } from "./words.ts";

/** Where one interval lies with regard to a criterion. */
type Interval = Pick<Estimate, "value" | "low" | "high">;

/** Returns the verdict on an estimate: where its whole interval lies with regard to the criterion. */
export function verdictOf({ low, high }: Interval, criterion: Criterion): Verdict {
  const [least, most] = boundsOf(criterion);
  // The ends count as inside only if the criterion is a range: a difference of exactly 0 is no difference.
  const isInside = "between" in criterion
    ? low >= least && high <= most
    : low > least && high < most;
  if (isInside) return "replicates";
  const isBeyond = high < least || low > most;
  const touches = high === least && low < least || low === most && high > most;
  const isOutside = isBeyond || !("between" in criterion) && touches;
  return isOutside ? "contradicts" : "inconclusive";
}

/** Returns the two-sided p-value of the verdict: against the end of the criterion that lies nearest to the estimate. */
export function pOf(estimate: Interval, criterion: Criterion): number {
  const ends = boundsOf(criterion).filter(Number.isFinite);
  return Math.max(...ends.map((end) => pAgainst(estimate, end)));
}

/**
 * Returns which of several estimates decides, where the criterion asks for all of them: one that contradicts, if there
 * is one, else one that leaves it open, else the one that is nearest to the end of the criterion.
 */
export function weakest<E extends Interval>(estimates: readonly E[], criterion: Criterion): E {
  const order: Verdict[] = ["contradicts", "inconclusive", "replicates"];
  const rank = (estimate: E) => order.indexOf(verdictOf(estimate, criterion));
  return estimates.reduce((least, next) => {
    const step = rank(next) - rank(least);
    return step < 0 || step === 0 && pOf(next, criterion) > pOf(least, criterion) ? next : least;
  });
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

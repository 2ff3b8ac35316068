import type { Estimate } from "./intervals.ts";

/**
 * Whether one estimate reaches another, up to a margin: true when its whole interval does, false when none of it does, null when its
 * interval leaves that open. An interval that is wide, for few cases, can so never be taken for agreement.
 *
 * S. Wellek, *Testing Statistical Hypotheses of Equivalence and Noninferiority* (2010), chapter 2; the other estimate is taken as it is.
 *
 * @param margin how far below the other still counts, in the unit of both.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const other = stats.wilson(90, 100);
 * const margin = 0.1;
 * assertEquals([stats.wilson(95, 100), stats.wilson(8, 10), stats.wilson(20, 100)].map((own) => stats.reaches(own, other, { margin })), [true, null, false]);
 * ```
 */
export function reaches(
  own: Estimate,
  other: Pick<Estimate, "value">,
  { margin }: { margin: number },
): boolean | null {
  const wanted = other.value - margin;
  if (own.low >= wanted) return true;
  return own.high < wanted ? false : null;
}

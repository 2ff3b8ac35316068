import { checkArguments, is } from "../base/arguments.ts";
import type { Estimate } from "./intervals.ts";

/**
 * Returns whether one estimate reaches another, up to a margin. The wide interval of a small sample leaves the
 * question open, and is never taken for agreement.
 *
 * S. Wellek, *Testing Statistical Hypotheses of Equivalence and Noninferiority* (2010), chapter 2. The uncertainty of
 * the other estimate is not counted.
 *
 * @param own the estimate, with its interval.
 * @param other the estimate that is to be reached; only its value counts.
 * @param options `margin`: how far below the other value still counts as reached, in the unit of both.
 * @returns true if the whole interval reaches the other value less the margin, false if no part of the interval does,
 * and null if the interval lies on both sides.
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
  options: { margin: number },
): boolean | null {
  checkArguments("reaches", {
    own: [own, is.like("an estimate", "value", "low", "high")],
    other: [other, is.like("an object", "value")],
    options: [options, is.like("an object", "margin")],
  });
  const { margin } = options;

  const wanted = other.value - margin;
  if (own.low >= wanted) return true;
  return own.high < wanted ? false : null;
}

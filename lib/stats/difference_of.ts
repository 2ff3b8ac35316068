import { checkArguments, is } from "../base/arguments.ts";
import type { Estimate } from "./intervals.ts";

/** What was measured, what the control gives, and the difference of the two with its interval. */
export interface Effect extends Estimate {
  /** The mean of the measured rows. */
  readonly own: number;
  /** The mean of the control's rows. */
  readonly control: number;
  /**
   * The number of random draws of the control, such as random sets of heads, if the interval is
   * over draws as well.
   */
  readonly draws?: number;
}

/**
 * Returns the difference of two estimates, with an interval that is made from the intervals of the
 * two estimates. The lower end lies below the difference by the distance of `own` from its lower
 * end and the distance of `control` from its upper end, combined as independent errors (the root of
 * the sum of squares). The upper end uses the two other distances.
 *
 * The method of variance estimates recovery (MOVER): G. Y. Zou and A. Donner, "Construction of
 * confidence limits about effect measures: a general approach", Statistics in Medicine 27 (2008),
 * section 2. For two Wilson intervals it is Newcombe's interval. Estimates of the same problems
 * that rise and fall together get an interval that is too wide.
 *
 * @param own the measured number with its interval.
 * @param control the number of the control with its interval.
 * @returns the difference as `value`, its interval, both numbers, and the smaller of both `n`.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // R. G. Newcombe (1998), table II, example (a), method 10.
 * const { low, high } = stats.differenceOf(stats.wilson(56, 70), stats.wilson(48, 80));
 * assertAlmostEquals(low, 0.0524, 1e-4);
 * assertAlmostEquals(high, 0.3339, 1e-4);
 * ```
 */
export function differenceOf(own: Estimate, control: Estimate): Effect {
  const estimate = is.like("an estimate", "value", "low", "high", "n");
  checkArguments("differenceOf", { own: [own, estimate], control: [control, estimate] });

  const value = own.value - control.value;
  return {
    value,
    low: value - Math.hypot(own.value - own.low, control.high - control.value),
    high: value + Math.hypot(own.high - own.value, control.value - control.low),
    n: Math.min(own.n, control.n),
    own: own.value,
    control: control.value,
  };
}

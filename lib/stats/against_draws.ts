import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Effect } from "./difference_of.ts";
import { spread } from "./intervals.ts";

/**
 * Returns a number minus what random draws of the same experiment give, such as a share among
 * chosen neurons minus the share among as many random neurons. The interval is the number minus the
 * middle 95 % of the draws: it contains zero if the number lies within that middle.
 *
 * The sample is the draws, not the neurons or heads of a draw, which depend on each other. The
 * interval shows how much the draws differ. It does not show how much the number would differ with
 * other problems or texts.
 *
 * @param own the number.
 * @param draws the number in each random draw.
 * @returns the difference from the median draw, its interval, both numbers, and the number of
 * draws.
 * @throws CircuitbookError if there are fewer than eight draws, or one is NaN.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const draws = [...new Array(7).fill(0.25), 0.5];
 * const { value, own, control, n } = stats.againstDraws(0.75, draws);
 * assertEquals([value, own, control, n], [0.5, 0.75, 0.25, 8]);
 * ```
 */
export function againstDraws(own: number, draws: readonly number[]): Effect {
  checkArguments("againstDraws", { own: [own, is.number], draws: [draws, is.numbers] });

  if (draws.length < 8) {
    throw new CircuitbookError(`Expected eight or more random draws but found ${draws.length}.`);
  }
  const { value: control, low, high } = spread(draws);
  return { value: own - control, low: own - high, high: own - low, n: draws.length, own, control };
}

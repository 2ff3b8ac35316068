import { quantileSorted } from "simple-statistics";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { BootstrapOptions, Estimate } from "./intervals.ts";
import { checkLevel, finite } from "./sample.ts";

/**
 * The slope of the straight line through some points by least squares, how much `y` changes for each step of `x`, with its
 * percentile bootstrap interval: a trend is there where the interval leaves out zero.
 *
 * B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 9 and 13 (pairs are drawn, not residuals).
 *
 * @throws CircuitbookError when the lists differ in length, a value is not finite, or `x` does not vary.
 *
 * @example
 * ```ts
 * import { slope } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(slope([0, 1, 2], [1, 0.9, 0.8]).value, -0.1);
 * ```
 */
export function slope(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { seed = 0, level = 0.95, resamples = 2000, groups }: BootstrapOptions = {},
): Estimate {
  const [xs, ys] = [finite(x), finite(y)];
  if (xs.length !== ys.length || (groups && groups.length !== xs.length)) {
    throw new CircuitbookError(
      `Expected lists of one length but found ${xs.length}, ${ys.length}${
        groups ? ` and ${groups.length}` : ""
      } values.`,
    );
  }
  if (xs.every((value) => value === xs[0])) {
    throw new CircuitbookError(`Expected x to vary but found ${xs.length} values, all alike.`);
  }
  const units = [...Map.groupBy(xs.keys(), (i) => groups ? groups[i] : i).values()]
    .map((members) => added(members.map((i) => [1, xs[i], ys[i], xs[i] ** 2, xs[i] * ys[i]])));
  const random = seededRandom(seed);
  const slopes = Array.from(
    { length: resamples },
    () => slopeOf(added(units.map(() => units[integer(random, 0, units.length - 1)]))),
  )
    .filter(Number.isFinite).sort((a, b) => a - b);
  const tail = (1 - checkLevel(level)) / 2;
  return {
    value: slopeOf(added(units)),
    low: quantileSorted(slopes, tail),
    high: quantileSorted(slopes, 1 - tail),
    n: xs.length,
  };
}

/** n, Σx, Σy, Σx², Σxy. */
type Sums = number[];

function added(parts: readonly Sums[]): Sums {
  const total = [0, 0, 0, 0, 0];
  for (const part of parts) for (let i = 0; i < 5; i++) total[i] += part[i];
  return total;
}

/** Not finite where x does not vary. */
function slopeOf([n, x, y, xx, xy]: Sums): number {
  return (n * xy - x * y) / (n * xx - x * x);
}

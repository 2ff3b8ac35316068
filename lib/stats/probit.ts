/**
 * Returns the quantile of the standard normal distribution, to 7 digits.
 *
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
 * Statistics 37 (1988), PPND7.
 *
 * @param p a probability between 0 and 1.
 * @returns the number that a standard normal variable stays below with this probability.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(stats.probit(0.975), 1.959964, 1e-6);
 * ```
 */
export function probit(p: number): number {
  const q = p - 0.5;
  // The middle of the distribution is a rational function of q², each tail one of √(-ln p).
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const near = r - 1.6;
  const far = r - 5;
  const size = r <= 5
    ? (((0.17023821103 * near + 1.3067284816) * near + 2.75681539) * near + 1.4234372777) /
      ((0.12021132975 * near + 0.7370016425) * near + 1)
    : (((0.017337203997 * far + 0.42868294337) * far + 3.081226386) * far + 6.657905115) /
      ((0.012258202635 * far + 0.24197894225) * far + 1);
  return Math.sign(q) * size;
}

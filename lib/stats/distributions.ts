import jStat from "jstat";

/**
 * Returns the number that a standard normal variable stays below with a probability.
 *
 * @param probability between 0 and 1.
 */
export function normalQuantile(probability: number): number {
  return jStat.normal.inv(probability, 0, 1);
}

/** Returns the probability that a standard normal variable stays below a number. */
export function normalProbability(z: number): number {
  return jStat.normal.cdf(z, 0, 1);
}

/**
 * Returns the number that a variable with Student's distribution stays below with a probability.
 *
 * @param probability between 0 and 1.
 * @param degrees the degrees of freedom, above 0.
 */
export function studentQuantile(probability: number, degrees: number): number {
  return jStat.studentt.inv(probability, degrees);
}

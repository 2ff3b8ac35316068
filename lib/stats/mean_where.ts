import { meanOf } from "../base/mean.ts";

/**
 * Returns the mean of the values where a condition holds or does not hold; NaN if there are none.
 *
 * @param values a value for each example.
 * @param holds whether the condition holds, for each example.
 * @param kind true: the mean where the condition holds; false: where it does not.
 */
export function meanWhere(
  values: ArrayLike<number>,
  holds: readonly boolean[],
  kind: boolean,
): number {
  return meanOf(Array.from(values).filter((_, i) => holds[i] === kind));
}

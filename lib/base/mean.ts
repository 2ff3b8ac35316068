import { mean } from "simple-statistics";

/** Returns the mean of numbers, with the rounding of the sum corrected; NaN for no numbers. */
export function meanOf(numbers: readonly number[]): number {
  // `mean` of simple-statistics throws an error of its own for an empty list.
  return numbers.length ? mean(numbers as number[]) : NaN;
}

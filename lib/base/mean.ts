import { mean } from "simple-statistics";

/** Returns the mean of numbers, with the rounding of the sum corrected; NaN of none. */
export function meanOf(numbers: readonly number[]): number {
  // The library's `mean` throws an error of its own at an empty list.
  return numbers.length ? mean(numbers as number[]) : NaN;
}

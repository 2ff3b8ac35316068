import { integer, type Random } from "../../../base/random.ts";
import type { Problem } from "../problems/problem.ts";

/**
 * Returns a number with as many digits as the target, each digit different from the target's digit
 * at its position, that is not one of the problem's numbers or of some results. Returns `undefined`
 * if there is none.
 */
export function otherNumber(
  random: Random,
  { numbers, target }: Problem,
  results: readonly number[],
): number | undefined {
  const digits = `${target}`;
  const lowest = 10 ** (digits.length - 1);
  const taken = new Set([...numbers, ...results]);
  const free = Array.from({ length: 9 * lowest }, (_, i) => lowest + i)
    .filter((number) =>
      !taken.has(number) && [...`${number}`].every((digit, i) => digit !== digits[i])
    );
  return free[integer(random, 0, free.length - 1)];
}

import type { Problem } from "./problem.ts";
import { type ProblemOptions, problems } from "./problems.ts";

/** One in so many sets of numbers is held out. */
const ONE_IN = 20;

/**
 * Whether a set of numbers (in any order) is kept out of the training texts, as one in twenty is: whole problems, questions
 * and drills over these numbers are new to a model that learned from {@link corpus}.
 *
 * The choice is a hash of the sorted numbers (FNV-1a), so that it needs no list.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.heldOut([3, 87, 38]), countdown.heldOut([87, 38, 3]));
 * ```
 */
export function heldOut(numbers: readonly number[]): boolean {
  let hash = 2166136261;
  for (const character of [...numbers].sort((a, b) => a - b).join(",")) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  }
  return ((hash ^ hash >>> 15) >>> 0) % ONE_IN === 0;
}

/**
 * Countdown problems over numbers that are {@link heldOut}: new to a model that learned from `corpus`. Options and order are
 * those of `problems`.
 *
 * @throws CircuitbookError when `n` is no whole number, or an option is unknown.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(countdown.heldOutProblems({ n: 3, seed: 1 }).every(({ numbers }) => countdown.heldOut(numbers)));
 * ```
 */
export function heldOutProblems({ n, ...options }: ProblemOptions): Problem[] {
  const among = (drawn: number) =>
    problems({ n: drawn, ...options }).filter(({ numbers }) => heldOut(numbers));
  let found = among(n);
  for (let drawn = n * ONE_IN; found.length < n; drawn *= 2) found = among(drawn);
  return found.slice(0, n);
}

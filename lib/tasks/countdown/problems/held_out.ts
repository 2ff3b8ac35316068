import { checkArguments, is } from "../../../base/arguments.ts";
import type { Problem } from "./problem.ts";
import { type ProblemOptions, problems } from "./problems.ts";

/** One of this many sets of numbers is held out. */
const ONE_IN = 20;

/**
 * Returns whether a set of numbers is held out from the training texts. One set in twenty is:
 * problems, questions and drills over these numbers are new to a model that learned from {@link
 * corpus}.
 *
 * The choice is a hash (FNV-1a) of the sorted numbers, so that no list has to be kept.
 *
 * @param numbers the numbers of a problem, in any order.
 * @returns true if no training text has a problem over these numbers.
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
  checkArguments("heldOut", { numbers: [numbers, is.numbers] });

  let hash = 2166136261;
  for (const character of [...numbers].sort((a, b) => a - b).join(",")) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  }
  return ((hash ^ hash >>> 15) >>> 0) % ONE_IN === 0;
}

/**
 * Returns countdown problems over numbers that are {@link heldOut}, which are new to a model that
 * learned from `corpus`.
 *
 * @param options the options of `problems`.
 * @returns the first `n` held-out problems that `problems` draws with this seed.
 * @throws CircuitbookError if `n` is not a whole number from 0 on, or an option is unknown.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(
 *   countdown.heldOutProblems({ n: 3, seed: 1 }).every(({ numbers }) =>
 *     countdown.heldOut(numbers)
 *   ),
 * );
 * ```
 */
export function heldOutProblems(options: ProblemOptions): Problem[] {
  checkArguments("heldOutProblems", { options: [options, is.like("an object", "n")] });
  const { n } = options;

  const among = (drawn: number) =>
    problems({ ...options, n: drawn }).filter(({ numbers }) => heldOut(numbers));
  let found = among(n);
  for (let drawn = n * ONE_IN; found.length < n; drawn *= 2) found = among(drawn);
  return found.slice(0, n);
}

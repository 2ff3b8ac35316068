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

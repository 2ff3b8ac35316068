import type { When } from "../../model/plan/edit.ts";
import type { LocatedPrompt } from "../../tasks/verification/locate.ts";

/**
 * Returns the condition under which an edit acts only from the attempt on, so that the model reads
 * the task itself without the edit.
 *
 * @param prompts the prompts, in the order of the run's rows.
 * @returns a condition for the `when` of an edit.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const prompt = {
 *   text: "",
 *   tokens: [5, 6, 7],
 *   positions: { target: [0], attempt: [1], result: [2] },
 * };
 * const when = verificationStudy.fromAttempt([prompt]);
 * assertEquals(
 *   typeof when === "function" && when({ tokens: [5, 6], promptLength: 3, row: 0 }),
 *   true,
 * );
 * ```
 */
export function fromAttempt(prompts: readonly LocatedPrompt[]): When {
  return ({ tokens, row }) => tokens.length > prompts[row].positions.attempt[0];
}

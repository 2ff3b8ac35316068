import { checkArguments, is } from "../../../base/arguments.ts";

/**
 * What a chain does next: it answers, it tries another expression, or the text does not show which.
 */
export type Outcome = "answers" | "tries again" | "unclear";

const NEXT_TRY = /\n[ \t]*(?:[-*•][ \t]+)?\(*\d/;
const ANSWER = /<\/think>|<answer/;

/**
 * Returns what a chain does after a verdict. It *answers* if it leaves the chain of thought
 * (`</think>` or `<answer`) before a new line begins another attempt, and *tries again* if that
 * line comes first.
 *
 * @param text the continuation, from the verdict on.
 * @returns "answers", "tries again" or "unclear".
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.outcome("not 46)\n- 87 + 38"), "tries again");
 * assertEquals(
 *   countdown.outcome("this works)\nSo, the equation is 87 - 38 + 3. </think>"),
 *   "answers",
 * );
 * ```
 */
export function outcome(text: string): Outcome {
  checkArguments("outcome", { text: [text, is.text] });

  const again = text.search(NEXT_TRY);
  const answer = text.search(ANSWER);
  if (again < 0 && answer < 0) return "unclear";
  return again < 0 || (answer >= 0 && answer < again) ? "answers" : "tries again";
}

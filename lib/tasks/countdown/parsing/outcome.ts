/** What a chain does next: it answers, it tries another expression, or neither is to be seen yet. */
export type Outcome = "answers" | "tries again" | "unclear";

const NEXT_TRY = /\n[ \t]*(?:[-*•][ \t]+)?\(*\d/;
const ANSWER = /<\/think>|<answer/;

/**
 * What a chain does after a verdict: `text` is the continuation from the verdict on. It *answers* when it leaves the chain
 * of thought (`</think>` or `<answer`) before it begins a new line with a further try, and *tries again* when that
 * line comes first.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.outcome("not 46)\n- 87 + 38"), "tries again");
 * assertEquals(countdown.outcome("this works)\nSo, the equation is 87 - 38 + 3. </think>"), "answers");
 * ```
 */
export function outcome(text: string): Outcome {
  const again = text.search(NEXT_TRY);
  const answer = text.search(ANSWER);
  if (again < 0 && answer < 0) return "unclear";
  return again < 0 || (answer >= 0 && answer < again) ? "answers" : "tries again";
}

import { CircuitbookError } from "../../base/errors.ts";
import type { ProblemText } from "./alter.ts";
import { attempts } from "./attempts.ts";
import { problem as problemOf } from "./problem.ts";
import { copyChanges, promptChanges, replaced } from "./replacements.ts";

/**
 * The same text as far as the ` (` of an attempt, as if the attempt's result had been the target from the start: in the prompt, in the
 * earlier verdicts, and as the problem's own target. `undefined` where the result is no whole number from 1 to 99, or an
 * earlier attempt states it.
 *
 * So any attempt of a chain can be the right one, early or late.
 *
 * @throws CircuitbookError when the text has no such attempt.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [chain] = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const first = countdown.retargeted(chain, 0);
 * assert(first?.problem.target === 46 && first.text.endsWith("- 87 - 38 - 3 = 49 - 3 = 46 ("));
 * ```
 */
export function retargeted({ problem, text }: ProblemText, attempt: number): ProblemText | undefined {
  const found = attempts(text, problem), { stated, spans: { open } = {} } = found[attempt] ?? {};
  if (!open || !stated) {
    throw new CircuitbookError(
      `Expected an attempt ${attempt} with " (" after its result but found ${found.length} attempts; choose among these.`,
    );
  }
  const target = stated.toNumber(), earlier = found.slice(0, attempt);
  const isTarget = Number.isInteger(target) && target >= 1 && target <= 99;
  if (!isTarget || earlier.some((one) => one.stated.equals(stated))) return undefined;
  const changes = [...promptChanges(text, { attempt, target }), ...copyChanges(text, earlier, target)];
  return { problem: problemOf(problem.numbers, target), text: replaced(text.slice(0, open.end), changes) };
}

import type { Rational } from "../../text/rational.ts";
import { expressionAt } from "../parsing/expression.ts";
import type { Problem } from "../problems/problem.ts";

/** How good an answer is, and why. */
export interface Score {
  /** Whether the answer equals the target and uses each number once. */
  correct: boolean;
  usesNumbersOnce: boolean;
  /** The answer's exact value, where it has one. */
  value: Rational | undefined;
  /** What stood between `<answer>` and `</answer>`. */
  answer: string | undefined;
  /** `equals 46`, `equals 52, not 46`, `does not use each of 3, 38, 87 once`, … */
  reason: string;
}

/**
 * The score of the last `<answer> … </answer>` of a text, by exact arithmetic.
 *
 * In a text with a prompt, what stands before the assistant's turn does not count (TinyZero's prompt shows an example
 * answer). The rule is TinyZero's: `verl/utils/reward_score/countdown.py` in https://github.com/Jiayi-Pan/TinyZero;
 * it compares floating-point values to 1e-5 and reads only the last line, this does neither.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([3, 87, 38], 46);
 * assertEquals(countdown.score("<answer> (87 - 38) - 3 </answer>", problem).correct, true);
 * assertEquals(countdown.score("<answer> 87 - 38 + 3 </answer>", problem).reason, "equals 52, not 46");
 * ```
 */
export function score(text: string, problem: Problem): Score {
  const [, turn = text] = text.match(/(?:\nAssistant:|<\|im_start\|>assistant)([^]*)/) ?? [];
  const answer = [...turn.matchAll(/<answer>(.*?)<\/answer>/gs)].at(-1)?.[1].trim();
  if (answer === undefined) return wrong("no answer between <answer> and </answer>");
  const found = expressionAt(answer, 0);
  if (!found || found.end < answer.length) return wrong("the answer is no expression", answer);
  const { value } = found;
  const usesNumbersOnce = usesEachOnce(found.numbers, problem.numbers);
  if (!value) return { ...wrong("the answer divides by zero", answer), usesNumbersOnce };
  const reached = value.equals(problem.target);
  const reason = !usesNumbersOnce
    ? `does not use each of ${problem.numbers.join(", ")} once`
    : `equals ${value}${reached ? "" : `, not ${problem.target}`}`;
  return { correct: reached && usesNumbersOnce, usesNumbersOnce, value, answer, reason };
}

/** Whether the numbers used are the numbers given, each as often as given. */
export function usesEachOnce(used: readonly Rational[], given: readonly number[]): boolean {
  const sorted = [...given].sort((a, b) => a - b);
  return used.length === given.length &&
    [...used].sort((a, b) => a.toNumber() - b.toNumber()).every((number, i) =>
      number.equals(sorted[i])
    );
}

function wrong(reason: string, answer?: string): Score {
  return { correct: false, usesNumbersOnce: false, value: undefined, answer, reason };
}

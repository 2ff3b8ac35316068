import { checkArguments, is } from "../../../base/arguments.ts";
import { aProblem } from "../../kinds.ts";
import type { Rational } from "../../text/rational.ts";
import { expressionAt } from "../parsing/expression.ts";
import type { Problem } from "../problems/problem.ts";

/** The score of an answer, and the reason for it. */
export interface Score {
  /** Whether the answer equals the target and uses each number once. */
  correct: boolean;
  /** Whether the answer uses each number once. */
  usesNumbersOnce: boolean;
  /**
   * The exact value of the answer; `undefined` if there is no answer, or it is not an expression or
   * divides by zero.
   */
  value: Rational | undefined;
  /** The text between `<answer>` and `</answer>`; `undefined` if there is none. */
  answer: string | undefined;
  /** The reason: `equals 46`, `equals 52, not 46`, `does not use each of 3, 38, 87 once`, … */
  reason: string;
}

/**
 * Returns the score of the last `<answer> … </answer>` of a text, by exact arithmetic.
 *
 * If the text has a prompt, only the assistant's turn counts, because TinyZero's prompt shows an
 * example answer. The rule is TinyZero's (`verl/utils/reward_score/countdown.py` in
 * https://github.com/Jiayi-Pan/TinyZero), with two differences: TinyZero compares floating-point
 * values to within 1e-5, and reads only the last line.
 *
 * @param text a completion, with or without its prompt.
 * @param problem the problem that the text answers.
 * @returns the score.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([3, 87, 38], 46);
 * assertEquals(countdown.score("<answer> (87 - 38) - 3 </answer>", problem).correct, true);
 * assertEquals(
 *   countdown.score("<answer> 87 - 38 + 3 </answer>", problem).reason,
 *   "equals 52, not 46",
 * );
 * ```
 */
export function score(text: string, problem: Problem): Score {
  checkArguments("score", {
    text: [text, is.text],
    problem: [problem, aProblem],
  });

  const { numbers, target } = problem;
  return scoreAt(text, {
    numbers,
    reached: (value) => value.equals(target),
    missed: `, not ${target}`,
  });
}

/** The given numbers and the goal by which an answer is scored. */
interface AnswerGoal {
  /** The given numbers. */
  readonly numbers: readonly number[];
  /** Returns whether a value is the goal. */
  readonly reached: (value: Rational) => boolean;
  /** The end of the reason for a wrong value: `, not 46`. */
  readonly missed: string;
}

/** Returns the score of the last answer of a text against a goal: a target, or a property. */
export function scoreAt(text: string, { numbers, reached, missed }: AnswerGoal): Score {
  const [, turn = text] = text.match(/(?:\nAssistant:|<\|im_start\|>assistant)([^]*)/) ?? [];
  const answer = [...turn.matchAll(/<answer>(.*?)<\/answer>/gs)].at(-1)?.[1].trim();
  if (answer === undefined) return wrong("no answer between <answer> and </answer>");
  const found = expressionAt(answer, 0);
  if (!found || found.end < answer.length) return wrong("the answer is no expression", answer);
  const { value } = found;
  const usesNumbersOnce = usesEachOnce(found.numbers, numbers);
  if (!value) return { ...wrong("the answer divides by zero", answer), usesNumbersOnce };
  const right = reached(value);
  const reason = !usesNumbersOnce
    ? `does not use each of ${numbers.join(", ")} once`
    : `equals ${value}${right ? "" : missed}`;
  return { correct: right && usesNumbersOnce, usesNumbersOnce, value, answer, reason };
}

/** Returns whether the used numbers are the given numbers, each used as often as given. */
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

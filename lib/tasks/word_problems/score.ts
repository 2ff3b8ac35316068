import { checkArguments, is } from "../../base/arguments.ts";
import { numbersIn } from "../text/numbers_in_text.ts";
import type { WordProblem } from "./problem.ts";

/** The score of an answer to a word problem. */
export interface WordScore {
  /** Whether the given number is the answer. */
  readonly correct: boolean;
  /** The number that was given as the answer; `undefined` if there is none. */
  readonly value: number | undefined;
}

/**
 * Returns the score of what a model wrote. The answer is the number in the last `\boxed{…}` after
 * `</think>`, or else the last number there. A text without `</think>` has no answer.
 *
 * @param text a completion of the problem's prompt.
 * @param problem the problem; only its answer is used.
 * @returns the score.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { answer: "1080" };
 * assertEquals(
 *   wordProblems.score("12 × 90 = 1080.</think> It is \\boxed{1,080} in 2024.", problem).correct,
 *   true,
 * );
 * assertEquals(wordProblems.score("It is 1080.", problem).value, undefined);
 * ```
 */
export function score(text: string, problem: Pick<WordProblem, "answer">): WordScore {
  checkArguments("score", {
    text: [text, is.text],
    problem: [problem, is.like("an object", "answer")],
  });
  const { answer } = problem;

  const end = text.lastIndexOf("</think>");
  if (end < 0) return { correct: false, value: undefined };
  const said = text.slice(end);
  const boxed = [...said.matchAll(/\\boxed\{([^{}]*)\}/g)].at(-1)?.[1];
  const value = numbersIn(boxed ?? said).at(-1)?.value;
  return { correct: value === Number(answer), value };
}

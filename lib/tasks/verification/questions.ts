import { checkArguments, is } from "../../base/arguments.ts";
import { anAttempt, aProblem } from "../kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Attempt } from "../countdown/parsing/attempt.ts";
import type { Problem } from "../countdown/problems/problem.ts";

/**
 * An attempt at a countdown problem, as a prompt presents it to a model that is to answer Yes or
 * No.
 */
export interface Question {
  /** The given numbers. */
  readonly numbers: readonly number[];
  /** The number to reach. */
  readonly target: number;
  /**
   * The expression, what is left after each step, and the stated result: `79 - 60 + 17 = 19 + 17 =
   * 36`.
   */
  readonly attempt: string;
  /** The stated result: `36`. */
  readonly result: string;
}

/** A question about an attempt that was found in a text. */
export interface AttemptQuestion extends Question {
  /** The problem's id. Data are split by this id. */
  readonly problem: string;
  /**
   * Whether Yes is the right answer: the stated result is the target and is true, and each number
   * is used once. `undefined` if the attempt is debatable: the target is stated wrongly, or was
   * reached and not stated.
   */
  readonly correct: boolean | undefined;
}

/**
 * Returns the question whether an attempt is correct.
 *
 * @param attempt the attempt.
 * @param problem the problem of the attempt.
 * @returns the question, with its right answer.
 * @throws CircuitbookError if the attempt is at another problem.
 *
 * @example
 * ```ts
 * import { countdown, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([79, 17, 60], 36);
 * const [attempt] = countdown.attempts("- 79 - 60 + 17 = 19 + 17 = 36 (this works)\n", problem);
 * const { result, correct } = verification.questionOf(attempt, problem);
 * assertEquals([result, correct], ["36", true]);
 * ```
 */
export function questionOf(attempt: Attempt, problem: Problem): AttemptQuestion {
  checkArguments("questionOf", {
    attempt: [attempt, anAttempt],
    problem: [problem, aProblem],
  });

  if (attempt.problem !== problem.id) {
    throw new CircuitbookError(
      `Expected an attempt at ${problem.id} but found one at ${attempt.problem}.`,
    );
  }
  const { steps } = attempt;
  return {
    problem: problem.id,
    numbers: problem.numbers,
    target: problem.target,
    attempt: steps.map(({ text }) => text).join(" = "),
    result: steps[steps.length - 1].text,
    correct: rightAnswer(attempt),
  };
}

/**
 * Returns questions about the attempts of several texts: for each problem its first correct attempt
 * and its first wrong attempt, all correct ones first. Debatable attempts are left out. No two
 * correct attempts share a problem, and no two wrong ones.
 *
 * @param attempts the attempts.
 * @param problems the problems of the attempts.
 * @param options `most`: how many questions of each kind. By default all.
 * @returns the questions.
 * @throws CircuitbookError if an attempt is at none of the problems.
 *
 * @example
 * ```ts
 * import { countdown, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([79, 17, 60], 36);
 * const attempts = countdown.attempts(
 *   "79 - 60 - 17 = 2 (not 36)\n79 - 60 + 17 = 36 (this works)\n",
 *   problem,
 * );
 * assertEquals(verification.questionsOf(attempts, [problem]).map(({ result }) => result), [
 *   "36",
 *   "2",
 * ]);
 * ```
 */
export function questionsOf(
  attempts: readonly Attempt[],
  problems: readonly Problem[],
  options: { most?: number } = {},
): AttemptQuestion[] {
  checkArguments("questionsOf", {
    attempts: [attempts, is.listOf(anAttempt)],
    problems: [problems, is.listOf(aProblem)],
    options: [options, is.object],
  });
  const { most = Infinity } = options;

  const byId = new Map(problems.map((problem) => [problem.id, problem]));
  const questions = attempts.map((attempt) => {
    const problem = byId.get(attempt.problem);
    if (problem) return questionOf(attempt, problem);
    throw new CircuitbookError(
      `Expected attempts at the problems given but found one at ${attempt.problem}.`,
    );
  });
  return [true, false].flatMap((kind) => {
    const own = questions.filter(({ correct }) => correct === kind);
    return [...Map.groupBy(own, ({ problem }) => problem).values()].map(([first]) => first).slice(
      0,
      most,
    );
  });
}

function rightAnswer(
  { statesTarget, statesTruth, usesNumbersOnce, reachesTarget }: Attempt,
): boolean | undefined {
  if (statesTarget) return statesTruth && usesNumbersOnce ? true : undefined;
  return reachesTarget ? undefined : false;
}

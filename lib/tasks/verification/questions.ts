import { CircuitbookError } from "../../base/errors.ts";
import type { Attempt } from "../countdown/parsing/attempt.ts";
import type { Problem } from "../countdown/problems/problem.ts";

/** An attempt at a countdown problem, as a prompt puts it to a model that is to say Yes or No. */
export interface Question {
  readonly numbers: readonly number[];
  readonly target: number;
  /** The expression, what is left after each step, and the stated result: `79 - 60 + 17 = 19 + 17 = 36`. */
  readonly attempt: string;
  /** The stated result: `36`. */
  readonly result: string;
}

/** A question about an attempt that was found in a text. */
export interface AttemptQuestion extends Question {
  /** The problem's id: what data are split by. */
  readonly problem: string;
  /**
   * Whether `Yes` is the right answer: the stated result is the target and true, and each number is used once. `undefined`
   * where a slip makes it debatable: the target is stated wrongly, or was reached and not stated.
   */
  readonly correct: boolean | undefined;
}

/**
 * The question whether an attempt is right.
 *
 * @throws CircuitbookError when the attempt is one at another problem.
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
 * Questions about the attempts of several texts: of each problem its first correct attempt and its first wrong one, all the
 * correct ones first. Debatable attempts are left out. Within either kind, no two share a problem.
 *
 * @param most of each kind.
 * @throws CircuitbookError when an attempt is at none of the problems.
 *
 * @example
 * ```ts
 * import { countdown, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([79, 17, 60], 36);
 * const attempts = countdown.attempts("79 - 60 - 17 = 2 (not 36)\n79 - 60 + 17 = 36 (this works)\n", problem);
 * assertEquals(verification.questionsOf(attempts, [problem]).map(({ result }) => result), ["36", "2"]);
 * ```
 */
export function questionsOf(
  attempts: readonly Attempt[],
  problems: readonly Problem[],
  { most = Infinity }: { most?: number } = {},
): AttemptQuestion[] {
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

import { checkArguments, is } from "../../../base/arguments.ts";
import { anAttempt, aProblem } from "../../kinds.ts";
import { attempts } from "../parsing/attempts.ts";
import type { Attempt } from "../parsing/attempt.ts";
import type { Problem } from "../problems/problem.ts";
import { score } from "./score.ts";

/** The reward of a completion, by parts. */
export interface Reward {
  /** `answer` plus the weighted `format` and `arithmetic`. */
  total: number;
  /**
   * 1 if the answer is right and the text ends right after it, else 0. With `trueVerdicts`, also 0
   * if a verdict of the canonical form contradicts the stated result.
   */
  answer: 0 | 1;
  /**
   * The share of attempts whose verdict has the canonical form and, if `trueVerdicts` asks for it,
   * agrees with the stated result; 0 if there are no attempts.
   */
  format: number;
  /**
   * The share of attempts whose result is the value of their expression; 0 if there are no
   * attempts.
   */
  arithmetic: number;
}

/** The weight of the form of verdicts in the total, by default. */
export const FORMAT_WEIGHT = 0.5;

/** The text that must follow the answer, by default. */
export const END = "<|endoftext|>";

/** How the parts count. */
export interface RewardOptions {
  /** The weight of `format` in the total. Default 0.5. */
  formatWeight?: number;
  /** The weight of `arithmetic` in the total. Default 0. */
  arithmeticWeight?: number;
  /** The text that must follow `</answer>`. Default `<|endoftext|>`. */
  end?: string;
  /**
   * Whether `format` counts only verdicts that agree with the stated result, and `answer` only
   * right answers of texts in which every verdict of the canonical form agrees. Default false:
   * what a verdict says does not count.
   */
  trueVerdicts?: boolean;
}

/**
 * Returns the reward of a completion of a countdown prompt, by rules alone. A right answer that
 * uses each number once earns 1, if the text ends at its `</answer>`. The share of attempts (lines
 * that begin with `- `) that end in `(this works)` or `(not 46)` earns up to another half. By
 * default a verdict earns this whether it is true or not. With `trueVerdicts`, only a verdict that
 * agrees with the result stated before it does, and a verdict that does not agree costs the reward
 * of the answer: a wrong result is often a slip in the right attempt, so that calling it right
 * would pay. The share of attempts whose result is true can be given
 * a weight, too.
 *
 * `countdown-r1` was trained with this reward, true results weighing half. TinyZero, the source,
 * gives 1 for a right answer and 0.1 for the tags around it.
 *
 * @param completion the completion with its end token, without the prompt.
 * @param problem the problem of the prompt.
 * @param options the weights of the parts, the end token, and which verdicts count.
 * @returns the reward.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([5, 9, 20], 24);
 * const answer = "</think>\n<answer> 20 + 9 - 5 </answer><|endoftext|>";
 * const said = "- 20 - 9 + 5 = 11 + 5 = 16 (too low)\n- 20 + 9 - 5 = 29 - 5 = 24 (this works)\n";
 * assertEquals(countdown.reward(said + answer, problem), {
 *   total: 1.25,
 *   answer: 1,
 *   format: 0.5,
 *   arithmetic: 1,
 * });
 * ```
 */
export function reward(
  completion: string,
  problem: Problem,
  options: RewardOptions = {},
): Reward {
  checkArguments("reward", {
    completion: [completion, is.text],
    problem: [problem, aProblem],
    options: [options, is.object],
  });
  const {
    formatWeight = FORMAT_WEIGHT,
    arithmeticWeight = 0,
    end = END,
    trueVerdicts = false,
  } = options;

  return rewardAt(completion, {
    formatWeight,
    arithmeticWeight,
    end,
    trueVerdicts,
    isRight: score(completion, problem).correct,
    attemptsOf: (line) => attempts(line, problem),
    isCanonical: (attempt) => hasCanonicalVerdict(attempt, problem),
  });
}

/** The rules by which a task rewards a completion, and whether the answer is right. */
interface RewardRule extends Required<RewardOptions> {
  /** Whether the answer is right. */
  readonly isRight: boolean;
  /** Returns the attempts of a line. */
  readonly attemptsOf: (line: string) => readonly Attempt[];
  /** Returns whether the verdict of an attempt has the canonical form. */
  readonly isCanonical: (attempt: Attempt) => boolean;
}

/** Returns the reward of a completion of any task, by the rules of the task. */
export function rewardAt(
  completion: string,
  { formatWeight, arithmeticWeight, end, trueVerdicts, isRight, attemptsOf, isCanonical }:
    RewardRule,
): Reward {
  const lines = completion.split("\n").filter((line) => line.startsWith("- "));
  const written = lines.map((line) => ({ line, attempt: attemptsOf(line).at(0) }));
  const inForm = written.filter(({ line, attempt }) =>
    attempt !== undefined && isCanonical(attempt) && line.length === attempt.spans.attempt.end + 1
  );
  const canonical = trueVerdicts ? inForm.filter(({ attempt }) => isTrueVerdict(attempt!)) : inForm;
  const isHonest = canonical.length === inForm.length;
  const answer = completion.endsWith(`</answer>${end}`) && isRight && isHonest ? 1 : 0;
  const computed = written.filter(({ attempt }) => attempt?.statesTruth);
  const shareOf = ({ length }: { length: number }) => lines.length ? length / lines.length : 0;
  const [format, arithmetic] = [shareOf(canonical), shareOf(computed)];
  const total = answer + formatWeight * format + arithmeticWeight * arithmetic;
  return { total, answer, format, arithmetic };
}

/**
 * Returns whether the verdict of an attempt agrees with the stated result: "this" if the result is
 * the target, else "not".
 */
export function isTrueVerdict({ verdict, statesTarget }: Attempt): boolean {
  return verdict === (statesTarget ? "this" : "not");
}

/**
 * Returns whether an attempt ends in one of the two verdicts that a tuned model writes, `(this
 * works)` or `(not 46)` with the problem's target. Only the form counts, not whether the verdict is
 * true.
 *
 * @param attempt the attempt.
 * @param problem the problem of the attempt.
 * @returns true if the verdict has the canonical form.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = countdown.problem([87, 38], 46);
 * const written = countdown.attempts("87 - 38 = 49 (not 46)\n87 - 38 = 49 (no)", problem);
 * assertEquals(written.map((attempt) => countdown.hasCanonicalVerdict(attempt, problem)), [
 *   true,
 *   false,
 * ]);
 * ```
 */
export function hasCanonicalVerdict(attempt: Attempt, problem: Problem): boolean {
  checkArguments("hasCanonicalVerdict", {
    attempt: [attempt, anAttempt],
    problem: [problem, aProblem],
  });
  const { verdictText, spans } = attempt;
  const { target } = problem;

  return spans.open !== undefined &&
    (verdictText === "this works" || verdictText === `not ${target}`);
}

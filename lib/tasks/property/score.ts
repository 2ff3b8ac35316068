import { checkArguments, is } from "../../base/arguments.ts";
import type { Attempt } from "../countdown/parsing/attempt.ts";
import { END, FORMAT_WEIGHT, type Reward, rewardAt } from "../countdown/scoring/reward.ts";
import { type Score, scoreAt } from "../countdown/scoring/score.ts";
import { aPropertyProblem } from "../kinds.ts";
import { attempts } from "./attempts.ts";
import type { PropertyProblem } from "./problems.ts";
import { hasProperty, propertyWords } from "./properties.ts";

/**
 * Returns the score of the last `<answer> … </answer>` of a text, by exact arithmetic.
 *
 * @param text a completion, with or without its prompt.
 * @param problem the numbers, and the property that is asked for.
 * @returns the score.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { numbers: [40, 13], property: "prime" } as const;
 * assertEquals(property.score("<answer> 40 + 13 </answer>", problem).correct, true);
 * assertEquals(
 *   property.score("<answer> 40 - 13 </answer>", problem).reason,
 *   "equals 27, not a prime below 100",
 * );
 * ```
 */
export function score(
  text: string,
  problem: Pick<PropertyProblem, "numbers" | "property">,
): Score {
  checkArguments("score", {
    text: [text, is.text],
    problem: [problem, aPropertyProblem],
  });
  const { numbers, property } = problem;

  return scoreAt(text, {
    numbers,
    reached: (value) => hasProperty(value.toNumber(), property),
    missed: `, not ${propertyWords[property]}`,
  });
}

/**
 * Returns the reward of a completion, by rules alone. A right answer that uses each number once
 * earns 1, if the text ends at its `</answer>`. The share of attempts (lines that begin with `- `)
 * that end in `(this works)` or `(not it)`, whether the verdict is true or not, earns up to another
 * half.
 *
 * @param completion the completion with its end token, without the prompt.
 * @param problem the problem of the prompt.
 * @returns the reward.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = {
 *   id: "13,40=prime",
 *   numbers: [40, 13],
 *   property: "prime",
 *   solution: "40 + 13",
 * } as const;
 * const text =
 *   "- 40 - 13 = 27 (no)\n- 40 + 13 = 53 (this works)\n<answer> 40 + 13 </answer><|endoftext|>";
 * assertEquals(property.reward(text, problem), {
 *   total: 1.25,
 *   answer: 1,
 *   format: 0.5,
 *   arithmetic: 1,
 * });
 * ```
 */
export function reward(completion: string, problem: PropertyProblem): Reward {
  checkArguments("reward", {
    completion: [completion, is.text],
    problem: [problem, aPropertyProblem],
  });

  return rewardAt(completion, {
    formatWeight: FORMAT_WEIGHT,
    arithmeticWeight: 0,
    end: END,
    trueVerdicts: false,
    isRight: score(completion, problem).correct,
    attemptsOf: (line) => attempts(line, problem),
    isCanonical: hasCanonicalVerdict,
  });
}

/**
 * Returns whether an attempt ends in one of the two verdicts that a tuned model writes, `(this
 * works)` or `(not it)`. Only the form counts, not whether the verdict is true.
 */
export function hasCanonicalVerdict({ verdictText, spans }: Attempt): boolean {
  return spans.open !== undefined && (verdictText === "this works" || verdictText === "not it");
}

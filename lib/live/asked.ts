import type { LocatedAttempt } from "../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../tasks/countdown/parsing/attempts.ts";
import { problem } from "../tasks/countdown/problems/problem.ts";
import { prompts, type PromptTemplate } from "../tasks/countdown/prompts/prompts.ts";
import { attempts as propertyAttempts } from "../tasks/property/attempts.ts";
import { prompt as propertyPrompt } from "../tasks/property/chains.ts";
import type { Property } from "../tasks/property/properties.ts";

/** What the result has to be: one number, or any number with a property. */
export type Goal = number | Property;

/** A problem that a reader of the page asks. */
export interface AskedProblem {
  /** The given numbers. */
  readonly numbers: readonly number[];
  /** What the result has to be. */
  readonly target: Goal;
}

/**
 * Returns the prompt of a problem.
 *
 * @param problem the problem.
 * @param template the form of the prompts in which the model learned countdown problems. Problems
 * with a property have only one form.
 *
 * @example
 * ```ts
 * import { promptOf } from "./asked.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const prompt = promptOf({ numbers: [5, 11, 68], target: "prime" }, "short");
 * assertStringIncludes(prompt, "[5, 11, 68], create an equation that equals a prime below 100.");
 * ```
 */
export function promptOf({ numbers, target }: AskedProblem, template: PromptTemplate): string {
  return typeof target === "number"
    ? prompts[template](problem(numbers, target))
    : propertyPrompt({ numbers, property: target });
}

/**
 * Returns the attempts in a text.
 *
 * @param text the decoded text.
 * @param problem the problem that the text is about.
 * @param pieces the text of each token.
 */
export function attemptsOf(
  text: string,
  { numbers, target }: AskedProblem,
  pieces: readonly string[],
): LocatedAttempt[] {
  if (typeof target === "number") return attempts(text, problem(numbers, target), pieces);
  return propertyAttempts(
    text,
    { id: `${numbers.join(",")}=${target}`, numbers, property: target },
    pieces,
  );
}

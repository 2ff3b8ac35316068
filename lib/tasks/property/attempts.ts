import { checkArguments, is } from "../../base/arguments.ts";
import type { Attempt, LocatedAttempt } from "../countdown/parsing/attempt.ts";
import { attemptsAt } from "../countdown/parsing/attempts.ts";
import { locator } from "../countdown/parsing/locator.ts";
import { aPropertyProblem } from "../kinds.ts";
import type { PropertyProblem } from "./problems.ts";
import { hasProperty } from "./properties.ts";

/**
 * Returns the attempts of a chain of thought, in order, as `countdown.attempts` reads them.
 * `statesTarget` says whether the stated result has the property, and `reachesTarget` whether the
 * true value has it.
 *
 * @param text a chain of thought, with or without its prompt.
 * @param problem the problem that the text is about.
 * @returns the attempts.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [problem] = property.problems({ n: 1, property: "prime" });
 * const [attempt] = property.attempts("- 40 + 13 = 53 (this works)\n", problem);
 * assertEquals([attempt.statesTarget, attempt.verdict], [true, "this"]);
 * ```
 */
export function attempts(text: string, problem: Omit<PropertyProblem, "solution">): Attempt[];
/**
 * Returns the attempts of a chain of thought with the token positions of their parts.
 *
 * @param text the decoded text.
 * @param problem the problem that the text is about.
 * @param pieces the text of each token by itself.
 * @returns the attempts.
 * @throws CircuitbookError if the pieces do not join to the text.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [problem] = property.problems({ n: 1, property: "prime" });
 * const pieces = ["40 + 13", " =", " ", "53", " (", "this", " works", ")"];
 * assertEquals(property.attempts(pieces.join(""), problem, pieces)[0].tokens.open, 4);
 * ```
 */
export function attempts(
  text: string,
  problem: Omit<PropertyProblem, "solution">,
  pieces: readonly string[],
): LocatedAttempt[];
export function attempts(
  text: string,
  problem: Omit<PropertyProblem, "solution">,
  pieces?: readonly string[],
): Attempt[] {
  checkArguments("attempts", {
    text: [text, is.text],
    problem: [problem, aPropertyProblem],
    pieces: [pieces, is.optional(is.texts)],
  });
  const { id, numbers, property } = problem;

  const reached = (value: { toNumber(): number }) => hasProperty(value.toNumber(), property);
  const found = attemptsAt(text, { id, numbers, reached });
  return pieces ? found.map(locator(text, pieces)) : found;
}

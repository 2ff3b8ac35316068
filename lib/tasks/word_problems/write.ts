import { checkArguments, is } from "../../base/arguments.ts";
import { aWordProblem } from "../kinds.ts";
import type { WordProblem } from "./problem.ts";

/**
 * Returns problems as JSONL, one a line, as `wordProblems.parse` reads them. Annotated calculations
 * are left out.
 *
 * @param problems the problems.
 * @returns the text of a file.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const made = wordProblems.make({ n: 3, seed: 1 });
 * assertEquals(wordProblems.parse(wordProblems.write(made)).problems, made);
 * ```
 */
export function write(problems: readonly WordProblem[]): string {
  checkArguments("write", {
    problems: [problems, is.listOf(aWordProblem)],
  });

  return problems.map(({ id, question, chain, answer }) =>
    `${JSON.stringify({ id, question, chain, answer })}\n`
  ).join(
    "",
  );
}

import type { WordProblem } from "./problem.ts";

/**
 * Problems as JSONL, a line each, as `wordProblems.parse` reads them; annotations of calculations are left out.
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
  return problems.map(({ id, question, chain, answer }) =>
    `${JSON.stringify({ id, question, chain, answer })}\n`
  ).join(
    "",
  );
}

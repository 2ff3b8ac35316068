import { CircuitbookError } from "../../base/errors.ts";
import type { TextTokenizer } from "../text/tokenizer.ts";
import type { Chain, ReasoningProblem } from "./problem.ts";

/** A text that a model wrote, as `model.generate` returns it. */
export interface WrittenRow {
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  readonly tokens: readonly number[];
}

/**
 * The chains of thought that a model wrote.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(reasoning.written([{ prompt: "1 +", promptTokens: [1], tokens: [2, 3] }]), [{ prompt: "1 +", tokens: [1, 2, 3] }]);
 * ```
 */
export function written(rows: readonly WrittenRow[]): Chain[] {
  return rows.map(({ prompt, promptTokens, tokens }) => ({
    prompt,
    tokens: [...promptTokens, ...tokens],
  }));
}

/**
 * The worked chains of thought of problems, for a model to read.
 *
 * @throws CircuitbookError when a problem has none.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { id: "a", prompt: "1 + 1", worked: " = 2", answer: "2", correct: () => true };
 * assertEquals(reasoning.worked([problem], { encode: (text) => [text.length] }), [{ prompt: "1 + 1", tokens: [9] }]);
 * ```
 */
export function worked(
  problems: readonly ReasoningProblem[],
  tokenizer: Pick<TextTokenizer, "encode">,
): Chain[] {
  return problems.map(({ id, prompt, worked }) => {
    if (worked === undefined) {
      throw new CircuitbookError(
        `Expected problems with worked chains of thought but found none for ${id}; let the model write it.`,
      );
    }
    return { prompt, tokens: tokenizer.encode(prompt + worked) };
  });
}

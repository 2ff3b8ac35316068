import { checkArguments, is } from "../../base/arguments.ts";
import { aReasoningProblem } from "../kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { TextTokenizer } from "../text/tokenizer.ts";
import type { Chain, ReasoningProblem } from "./problem.ts";

/** A text that a model wrote, as `model.generate` returns it. */
export interface WrittenRow {
  /** The prompt. */
  readonly prompt: string;
  /** The token ids of the prompt. */
  readonly promptTokens: readonly number[];
  /** The token ids that the model wrote. */
  readonly tokens: readonly number[];
}

/**
 * Returns the chains of thought that a model wrote.
 *
 * @param rows the rows of `model.generate`.
 * @returns one chain a row.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(reasoning.written([{ prompt: "1 +", promptTokens: [1], tokens: [2, 3] }]), [{
 *   prompt: "1 +",
 *   tokens: [1, 2, 3],
 * }]);
 * ```
 */
export function written(rows: readonly WrittenRow[]): Chain[] {
  checkArguments("written", {
    rows: [rows, is.listOf(is.like("a written row", "prompt", "promptTokens", "tokens"))],
  });

  return rows.map(({ prompt, promptTokens, tokens }) => ({
    prompt,
    tokens: [...promptTokens, ...tokens],
  }));
}

/**
 * Returns the worked chains of thought of problems, for a model to read.
 *
 * @param problems problems with worked chains.
 * @param tokenizer the tokenizer of the model that is to read them.
 * @returns one chain a problem.
 * @throws CircuitbookError if a problem has no worked chain.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problem = { id: "a", prompt: "1 + 1", worked: " = 2", answer: "2", correct: () => true };
 * assertEquals(reasoning.worked([problem], { encode: (text) => [text.length] }), [{
 *   prompt: "1 + 1",
 *   tokens: [9],
 * }]);
 * ```
 */
export function worked(
  problems: readonly ReasoningProblem[],
  tokenizer: Pick<TextTokenizer, "encode">,
): Chain[] {
  checkArguments("worked", {
    problems: [problems, is.listOf(aReasoningProblem)],
    tokenizer: [tokenizer, is.shaped("a tokenizer", { encode: is.callable })],
  });

  return problems.map(({ id, prompt, worked }) => {
    if (worked === undefined) {
      throw new CircuitbookError(
        `Expected problems with worked chains of thought but found none for ${id}; let the model write it.`,
      );
    }
    return { prompt, tokens: tokenizer.encode(prompt + worked) };
  });
}

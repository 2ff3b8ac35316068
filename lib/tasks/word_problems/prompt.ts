import { CircuitbookError } from "../../base/errors.ts";
import type { WordProblem } from "./problem.ts";

/** What the prompt needs of a tokenizer. */
export interface ChatTokenizer {
  /** Throws when there is no chat template. */
  chat(messages: readonly { role: string; content: string }[]): string;
}

/** As the makers of the R1 models recommend: https://huggingface.co/deepseek-ai/DeepSeek-R1-Distill-Llama-8B. */
const INSTRUCTION = "Please reason step by step, and put your final answer within \\boxed{}.";

/**
 * The prompt of a problem, by the model's chat template where it has one; it ends where the chain of thought begins, after
 * `<think>`.
 *
 * @example
 * ```ts
 * import { loadModel, wordProblems } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * assert(wordProblems.prompt({ question: "Half of 48?" }, tokenizer).endsWith("<think>\n"));
 * ```
 */
export function prompt(
  { question }: Pick<WordProblem, "question">,
  tokenizer: ChatTokenizer,
): string {
  const content = `${question.trim()}\n${INSTRUCTION}`;
  const start = templated(content, tokenizer) ?? `User: ${content}\nAssistant: `;
  return /<think>\s*$/.test(start) ? start : `${start}<think>\n`;
}

function templated(content: string, tokenizer: ChatTokenizer): string | undefined {
  try {
    return tokenizer.chat([{ role: "user", content }]);
  } catch (error) {
    // A template that is there and fails has a cause; one that is not there has none.
    if (error instanceof CircuitbookError && error.cause === undefined) return undefined;
    throw error;
  }
}

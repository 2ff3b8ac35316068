import { checkArguments, is } from "../../base/arguments.ts";
import type { WordProblem } from "./problem.ts";

/** The part of a tokenizer that writes chat prompts. */
export interface ChatTokenizer {
  /** The model's chat template, `undefined` if it has none. */
  readonly chatTemplate?: string;
  /**
   * Returns messages as the model's chat template writes them.
   *
   * @param messages the role (such as `user`) and the text of each message.
   * @returns the text of the prompt.
   * @throws Error if the model has no chat template.
   */
  chat(messages: readonly { role: string; content: string }[]): string;
}

/**
 * The instruction that the makers of the R1 models recommend:
 * https://huggingface.co/deepseek-ai/DeepSeek-R1-Distill-Llama-8B.
 */
const INSTRUCTION = "Please reason step by step, and put your final answer within \\boxed{}.";

/**
 * Returns the prompt of a problem, written with the model's chat template if it has one. The prompt
 * ends with `<think>`, where the chain of thought begins.
 *
 * @param problem the problem; only its question is used.
 * @param tokenizer the model's tokenizer.
 * @returns the prompt.
 * @throws CircuitbookError if the chat template does not render.
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
  problem: Pick<WordProblem, "question">,
  tokenizer: ChatTokenizer,
): string {
  checkArguments("prompt", {
    problem: [problem, is.shaped("an object", { question: is.text })],
    tokenizer: [tokenizer, is.like("a tokenizer", "chat")],
  });
  const { question } = problem;

  const content = `${question.trim()}\n${INSTRUCTION}`;
  const start = tokenizer.chatTemplate === undefined
    ? `User: ${content}\nAssistant: `
    : tokenizer.chat([{ role: "user", content }]);
  return /<think>\s*$/.test(start) ? start : `${start}<think>\n`;
}

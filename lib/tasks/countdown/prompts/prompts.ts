import type { Problem } from "../problems/problem.ts";

/** The names of the prompt templates. */
export const PROMPT_TEMPLATES = ["short", "tinyzero", "tinyzeroChat"] as const;

/** The name of a prompt template. */
export type PromptTemplate = typeof PROMPT_TEMPLATES[number];

/**
 * The prompts of a problem, by template. Each ends with `<think>`, where the model goes on.
 *
 * `short` is the prompt that the embedded models learned. `tinyzero` (for base models) and
 * `tinyzeroChat` (for Qwen's instruct models) are TinyZero's, character for character:
 * `examples/data_preprocess/countdown.py` in https://github.com/Jiayi-Pan/TinyZero.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const prompts = countdown.problems({ n: 2, seed: 1 }).map(countdown.prompts.short);
 * assert(prompts[0].startsWith("User: Using the numbers ["));
 * ```
 */
export const prompts: Readonly<Record<PromptTemplate, (problem: Problem) => string>> = {
  short: ({ numbers, target }) => shortPrompt(numbers, `${target}`),

  tinyzero: (problem) =>
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. " +
    "The assistant first thinks about the reasoning process in the mind and then provides the user with the answer.\n" +
    `User: ${instructions(problem)}\n` +
    "Assistant: Let me solve this step by step.\n<think>",

  tinyzeroChat: (problem) =>
    "<|im_start|>system\nYou are a helpful assistant. You first thinks about the reasoning process in the mind and " +
    "then provides the user with the answer.<|im_end|>\n" +
    `<|im_start|>user\n ${instructions(problem)}<|im_end|>\n` +
    "<|im_start|>assistant\nLet me solve this step by step.\n<think>",
};

/** Where the model goes on after the user's message of a short prompt. */
const SHORT_ANSWER = "\nAssistant: Let me solve this step by step.\n<think>";

/**
 * The chat template of models that learned the `short` prompt, in Jinja; the user's message is what
 * the prompt asks. An adapter carries this template, since the vocabulary of its base does not tell
 * which prompt it learned.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(countdown.SHORT_CHAT_TEMPLATE.includes("User: "));
 * ```
 */
export const SHORT_CHAT_TEMPLATE: string = "{% for message in messages %}" +
  `${shortChat("{{ message['content'] }}")}{% endfor %}`;

/** Returns a user's message as {@link SHORT_CHAT_TEMPLATE} writes it. */
export function shortChat(content: string): string {
  return `User: ${content}${SHORT_ANSWER}`;
}

/**
 * Returns the short prompt of a problem.
 *
 * @param numbers the given numbers.
 * @param goal what the equation is to equal, in words: `46`.
 */
export function shortPrompt(numbers: readonly number[], goal: string): string {
  return shortChat(`${task(numbers, goal)}.`);
}

function task(numbers: readonly number[], goal: string): string {
  return `Using the numbers [${numbers.join(", ")}], create an equation that equals ${goal}`;
}

function instructions({ numbers, target }: Problem): string {
  return `${
    task(numbers, `${target}`)
  }. You can use basic arithmetic operations (+, -, *, /) and each number can only be used ` +
    "once. Show your work in <think> </think> tags. And return the final answer in <answer> </answer> tags, " +
    "for example <answer> (1 + 2) / 3 </answer>.";
}

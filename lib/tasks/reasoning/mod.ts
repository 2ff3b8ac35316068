/**
 * Chains of thought of any task: where they state their answer, what they do next, whether they are
 * right.
 *
 * @module
 */
export type { TextTokenizer, TokenLookup } from "../text/tokenizer.ts";
export { worked, written, type WrittenRow } from "./chains.ts";
export { outcome, type ReasoningOutcome } from "./outcome.ts";
export type * from "./problem.ts";
export { statedEnds } from "./sentences.ts";
export { ofCountdown, ofWords, type PromptTokenizer } from "./tasks.ts";

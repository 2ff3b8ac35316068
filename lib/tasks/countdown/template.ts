import type { PromptTemplate } from "./prompts.ts";

/** What the choice of a template needs of a tokenizer. */
export interface TokenLookup {
  /** Throws when the text is not exactly one token. */
  idOf(text: string): number;
}

/** Stands in TinyZero's prompt and in the vocabulary of every model that learned from ordinary text. */
const ORDINARY_WORD = " conversation";

/**
 * The prompt template that a model learned, by its vocabulary: `short` for the embedded models, whose tokenizer has no
 * ordinary words, `tinyzero` for all others.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * assertEquals(countdown.templateFor(tokenizer), "short");
 * ```
 */
export function templateFor(tokenizer: TokenLookup): PromptTemplate {
  return isToken(tokenizer, ORDINARY_WORD) ? "tinyzero" : "short";
}

/** Whether a text is exactly one token. */
export function isToken(tokenizer: TokenLookup, text: string): boolean {
  try {
    return tokenizer.idOf(text) >= 0;
  } catch (_severalTokens) {
    return false;
  }
}

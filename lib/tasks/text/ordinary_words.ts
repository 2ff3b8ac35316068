import { isToken, type TokenLookup } from "./tokenizer.ts";

/**
 * A word of TinyZero's prompt that is one token for every model that learned from ordinary text.
 */
const ORDINARY_WORD = " conversation";

/** Returns whether the vocabulary of a model has ordinary words. */
export function knowsWords(tokenizer: TokenLookup): boolean {
  return isToken(tokenizer, ORDINARY_WORD);
}

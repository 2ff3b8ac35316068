import { isToken, type TokenLookup } from "../../text/tokenizer.ts";
import type { PromptTemplate } from "./prompts.ts";

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

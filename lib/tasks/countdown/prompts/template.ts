import { isToken, type TokenLookup } from "../../text/tokenizer.ts";
import type { PromptTemplate } from "./prompts.ts";

/**
 * A word of TinyZero's prompt that is one token for every model that learned from ordinary text.
 */
const ORDINARY_WORD = " conversation";

/**
 * Returns the prompt template that a model learned, judged by its vocabulary: `short` for the
 * embedded models, whose tokenizer has no ordinary words, and `tinyzero` for all others.
 *
 * @param tokenizer the model's tokenizer.
 * @returns the name of the template.
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

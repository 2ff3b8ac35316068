import { checkArguments, is } from "../../../base/arguments.ts";
import { knowsWords } from "../../text/ordinary_words.ts";
import type { TokenLookup } from "../../text/tokenizer.ts";
import { type PromptTemplate, SHORT_CHAT_TEMPLATE } from "./prompts.ts";

/** The part of a tokenizer that shows which prompts a model learned. */
export interface PromptLookup extends TokenLookup {
  /** The model's chat template, in Jinja. */
  readonly chatTemplate?: string;
}

/**
 * Returns the prompt template that a model learned. It is `short` for the embedded models, whose
 * tokenizer has no ordinary words, and for models whose chat template is {@link
 * SHORT_CHAT_TEMPLATE}. It is `tinyzero` for all others.
 *
 * @param tokenizer the model's tokenizer.
 * @returns the name of the template.
 * @throws CircuitbookError if the argument is no tokenizer.
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
export function templateFor(tokenizer: PromptLookup): PromptTemplate {
  checkArguments("templateFor", { tokenizer: [tokenizer, is.like("a tokenizer", "idOf")] });

  const learnedShort = tokenizer.chatTemplate === SHORT_CHAT_TEMPLATE;
  return learnedShort || !knowsWords(tokenizer) ? "short" : "tinyzero";
}

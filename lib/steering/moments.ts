import type { TokenContext, When } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";

/**
 * A `when` that holds wherever a token is written next: at the last token of the prompt and at every generated one.
 *
 * @example
 * ```ts
 * import { steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([1, 2, 3].map((length) => steering.whileWriting({ tokens: Array(length), promptLength: 2, row: 0 })), [
 *   false, true, true,
 * ]);
 * ```
 */
export function whileWriting({ tokens, promptLength }: TokenContext): boolean {
  return tokens.length >= promptLength;
}

/** A full stop or its like, perhaps within quotes or brackets; or the end of a line. */
const SENTENCE_END = /[.!?。！？]["'”’)\]]*\s*$|\n\s*$/;

/**
 * A `when` that holds at tokens that end a sentence or a line while the model writes, the prompt's last token included where
 * it is one. A decimal point that is a token of its own counts too: what follows it is not known yet.
 *
 * @param promptEnd whether the last token of the prompt counts; true by default.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.atSentenceEnds(model);
 * const tokens = model.tokenizer.encode("We have 8. Let's");
 * const held = tokens.filter((_, i) => typeof when === "function" &&
 *   when({ tokens: tokens.slice(0, i + 1), promptLength: 1, row: 0 }));
 * assertEquals(model.tokenizer.pieces(held), ["."]);
 * ```
 */
export function atSentenceEnds(
  { tokenizer }: Model,
  { promptEnd = true }: { promptEnd?: boolean } = {},
): When {
  return ({ tokens, promptLength }: TokenContext) => {
    if (tokens.length < promptLength + (promptEnd ? 0 : 1)) return false;
    const [last = "", before = ""] = tokenizer.pieces(tokens.slice(-2)).reverse();
    // The line break after a full stop ends nothing more.
    return SENTENCE_END.test(last) && !(last.trim() === "" && SENTENCE_END.test(before));
  };
}

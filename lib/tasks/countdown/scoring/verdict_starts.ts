import { checkArguments } from "../../../base/arguments.ts";
import { aTokenizer } from "../../kinds.ts";
import { type Judgement, verdictWords } from "../chains/verdict_words.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import { wordToken } from "../../text/word_token.ts";

/**
 * Returns the ids of the tokens with which a tuned model begins its verdicts, `this` and `not`, as
 * they stand after the ` (` of an attempt. The tokens are found in an encoded text, since
 * vocabularies differ in whether a word after a parenthesis is the same token as a word at the
 * start of a text.
 *
 * @param tokenizer the tokenizer of the model that is judged.
 * @returns the token ids for "right" and for "wrong".
 * @throws CircuitbookError if one of the two words is not a token of its own in that place.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const { right, wrong } = countdown.verdictStarts(tokenizer);
 * assertEquals(tokenizer.pieces([right, wrong]), ["this", "not"]);
 * ```
 */
export function verdictStarts(tokenizer: TextTokenizer): Record<Judgement, number> {
  checkArguments("verdictStarts", {
    tokenizer: [tokenizer, aTokenizer],
  });

  return {
    right: wordToken(tokenizer, "3 + 4 = 7 (", verdictWords.right, " works)\n"),
    wrong: wordToken(tokenizer, "3 + 4 = 7 (", verdictWords.wrong, " 9)\n"),
  };
}

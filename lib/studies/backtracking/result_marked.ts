import { checkArguments, is } from "../../base/arguments.ts";
import { anAlteredText } from "./kinds.ts";
import { aTokenizer } from "../../tasks/kinds.ts";
import type { AlteredText } from "../../tasks/countdown/alterations/alter.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";

/**
 * Returns the tokens of an altered text and of its continuation for `plot.tokenText`. Everything
 * before the attempt is quiet, and the stated result is marked.
 *
 * @param altered the altered text.
 * @param tokenizer the tokenizer of the model.
 * @param continuation what the model wrote.
 * @returns the pieces of text to draw.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, plot } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assert } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const [chain] = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const altered = countdown.alter(chain, tokenizer, { attempt: 1, result: 53 });
 * const figure = plot.tokenText(backtracking.resultMarked(altered, tokenizer, "not 52)"), {
 *   markedName: "mistake",
 * });
 * assert(figure.html.includes("mistake"));
 * ```
 */
export function resultMarked(
  altered: AlteredText,
  tokenizer: TextTokenizer,
  continuation: string,
): { text: string; quiet?: boolean; marked?: boolean }[] {
  checkArguments("resultMarked", {
    altered: [altered, anAlteredText],
    tokenizer: [tokenizer, aTokenizer],
    continuation: [continuation, is.text],
  });
  const { tokens, positions: { expression, digits } } = altered;

  const pieces = tokenizer.pieces(tokens);
  const before = { text: pieces.slice(0, expression[0]).join(""), quiet: true };
  const own = pieces.slice(expression[0]).map((text, i) => ({
    text,
    marked: digits.includes(i + expression[0]),
  }));
  return [before, ...own, { text: continuation }];
}

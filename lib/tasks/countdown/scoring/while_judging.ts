import type { TextTokenizer } from "../../text/tokenizer.ts";

/** The signs of an expression; the line break ends it. */
const SIGNS = new Set(["=", "+", "-", "−", "*", "×", "/", "÷"]);

/**
 * Returns a `when` for edits that holds while a model writes a result and judges it: from an `=` to
 * the end of the line, or to the next operator.
 *
 * @param tokenizer the tokenizer of the model that writes.
 * @returns a function of the tokens so far.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const judging = countdown.whileJudging(tokenizer);
 * const written = ["- 9 +", "- 9 + 8 = 1", "- 9 + 8 = 17 (not 5", "- 9 + 8 = 17 (not 5)\n"];
 * assertEquals(written.map((text) => judging({ tokens: tokenizer.encode(text) })), [
 *   false,
 *   true,
 *   true,
 *   false,
 * ]);
 * ```
 */
export function whileJudging(
  tokenizer: Pick<TextTokenizer, "pieces">,
): (context: { readonly tokens: readonly number[] }) => boolean {
  const signs = new Map<number, string>();
  const signOf = (token: number) => {
    const known = signs.get(token);
    if (known !== undefined) return known;
    const sign = signIn(tokenizer.pieces([token])[0]);
    signs.set(token, sign);
    return sign;
  };
  return ({ tokens }) => {
    const last = tokens.findLast((token) => signOf(token) !== "");
    return last !== undefined && signOf(last) === "=";
  };
}

/** Returns the sign that a token is, a line break if it has one, or an empty text. */
function signIn(piece: string): string {
  if (piece.includes("\n")) return "\n";
  return SIGNS.has(piece.trim()) ? piece.trim() : "";
}

import { CircuitbookError } from "../base/errors.ts";

/**
 * Returns a function that tells whether a token of a row completes an occurrence of a text. The
 * text may be one token, a part of a token, or several tokens.
 *
 * @param tokenizer spells single tokens.
 * @param text the text to look for.
 * @throws CircuitbookError if the text is empty.
 */
export function completions(
  tokenizer: { pieces(tokens: readonly number[]): readonly string[] },
  text: string,
): (tokens: readonly number[], at: number) => boolean {
  if (text === "") {
    throw new CircuitbookError("Expected a text to look for but found an empty one.");
  }
  const end = text.at(-1)!;
  const pieces = new Map<number, string>();
  const pieceOf = (token: number) => {
    const known = pieces.get(token) ?? tokenizer.pieces([token])[0];
    pieces.set(token, known);
    return known;
  };
  return (tokens, at) => {
    if (at < 0) return false;
    const own = pieceOf(tokens[at]);
    if (!own.includes(end)) return false;
    let tail = own;
    for (let i = at - 1; i >= 0 && tail.length < own.length + text.length - 1; i--) {
      tail = pieceOf(tokens[i]) + tail;
    }
    const found = tail.lastIndexOf(text);
    return found >= 0 && found + text.length > tail.length - own.length;
  };
}

import { CircuitbookError } from "../../base/errors.ts";
import { tokenSpans } from "./token_spans.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/**
 * Returns the id of the token that a word is between two parts of a text. The same word may be
 * another token elsewhere: at the start of a text, or after a space.
 *
 * @param tokenizer the tokenizer.
 * @param before the text before the word, with the space in front of it.
 * @param word the word.
 * @param after the text after the word.
 * @throws CircuitbookError if the word is not a token of its own there.
 */
export function wordToken(
  tokenizer: TextTokenizer,
  before: string,
  word: string,
  after: string,
): number {
  const tokens = tokenizer.encode(before + word + after);
  const text = tokenizer.decode(tokens);
  const start = text.lastIndexOf(before + word) + before.length;
  const pieces = tokenizer.pieces(tokens);
  const at = tokenSpans(text, pieces).findIndex((span) =>
    text.slice(span.start, span.end).trim() === word && span.end === start + word.length
  );
  if (at >= 0) return tokens[at];
  throw new CircuitbookError(
    `Expected "${word}" to be one token after ${JSON.stringify(before.slice(-10))} but found ${
      pieces.map((piece) => JSON.stringify(piece)).join(" ")
    }; use a model with another vocabulary.`,
  );
}

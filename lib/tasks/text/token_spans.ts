import { CircuitbookError } from "../../base/errors.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** Characters of a text. */
export interface Span {
  /** The index of the first character. */
  start: number;
  /** The index after the last character. */
  end: number;
}

/** How a token that is a part of a multi-byte character reads: `<0xE6>` or U+FFFD. */
const PART = /<0x[0-9A-F]{2}>|\uFFFD/g;

/**
 * Returns the characters of a text that each of its tokens stands for.
 *
 * A character may be spread over several tokens, whose pieces then read `<0xE6>` or U+FFFD. Each of
 * these tokens gets the span between the whole tokens around them. A piece may begin with a space
 * that the text lacks, because some tokenizers drop the first space. Tokens after the end of the
 * text (an end token) get empty spans.
 *
 * @param text the decoded text.
 * @param pieces the text of each token by itself.
 * @returns one span a token.
 * @throws CircuitbookError if the pieces do not join to the text.
 */
export function tokenSpans(text: string, pieces: readonly string[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (let i = 0; i < pieces.length;) {
    const [piece] = [pieces[i], pieces[i].replace(/^ /, "")].filter((piece) =>
      text.startsWith(piece, start)
    );
    if (start === text.length || piece !== undefined) {
      const end = Math.min(text.length, start + (piece ?? "").length);
      spans.push({ start, end });
      start = end;
      i++;
      continue;
    }
    if (!hasPart(pieces[i])) throw mismatch(text, pieces, i, start);
    const next = nextWhole(pieces, i);
    const shown = pieces.slice(i, next).join("").replaceAll(PART, "").length;
    const end = next === pieces.length
      ? text.length
      : text.indexOf(pieces[next], start + shown + 1);
    if (end < 0) throw mismatch(text, pieces, next, start);
    for (; i < next; i++) spans.push({ start, end });
    start = end;
  }
  if (start < text.length) throw mismatch(text, pieces, pieces.length, start);
  return spans;
}

/**
 * Returns a function from a span to the tokens that hold at least one of its characters.
 *
 * @param spans the spans of the tokens, as {@link tokenSpans} returns them.
 */
export function tokensOf(spans: readonly Span[]): (span: Span) => number[] {
  return ({ start, end }) =>
    spans.flatMap((token, i) => token.start < end && token.end > start ? [i] : []);
}

/**
 * Returns a function from a span of a text to the tokens that hold at least one of its characters.
 * The tokens may begin with a begin token, which the text lacks.
 *
 * @param text the text that was encoded.
 * @param tokens the token ids of the text.
 * @param tokenizer the tokenizer that encoded the text.
 * @throws CircuitbookError if the tokens do not decode to the text.
 */
export function tokensOfText(
  text: string,
  tokens: readonly number[],
  tokenizer: TextTokenizer,
): (span: Span) => number[] {
  const decoded = tokenizer.decode(tokens);
  const shift = decoded.indexOf(text);
  if (shift < 0) {
    throw new CircuitbookError(
      `Expected tokens that decode to the text but found ${
        JSON.stringify(decoded.slice(0, 60))
      }; use another tokenizer.`,
    );
  }
  const at = tokensOf(tokenSpans(decoded, tokenizer.pieces(tokens)));
  return ({ start, end }) => at({ start: start + shift, end: end + shift });
}

/** Returns the index of the first token from an index on that is not a part of a character. */
function nextWhole(pieces: readonly string[], from: number): number {
  let next = from;
  while (next < pieces.length && hasPart(pieces[next])) next++;
  return next;
}

function hasPart(piece: string): boolean {
  return piece.search(PART) >= 0;
}

function mismatch(
  text: string,
  pieces: readonly string[],
  i: number,
  start: number,
): CircuitbookError {
  const found = i < pieces.length
    ? `token ${i}, ${JSON.stringify(pieces[i])}`
    : "the end of the tokens";
  return new CircuitbookError(
    `Expected tokens that join to the text but found ${found}, where the text goes on with ` +
      `${JSON.stringify(text.slice(start, start + 20))}; give the pieces of this very text.`,
  );
}

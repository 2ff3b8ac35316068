import { CircuitbookError } from "../../base/errors.ts";
import type { Span } from "./attempt.ts";

const BROKEN = "\uFFFD";

/**
 * The characters of a text that each of its tokens stands for.
 *
 * Tokens that hold parts of one character show as U+FFFD; such neighbours all get the characters between the whole
 * tokens around them. The tokens may go on past the text (an end token that it leaves out): those get empty spans.
 *
 * @throws CircuitbookError when the pieces do not join to the text.
 */
export function tokenSpans(text: string, pieces: readonly string[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (let i = 0; i < pieces.length;) {
    if (start === text.length || text.startsWith(pieces[i], start)) {
      const end = Math.min(text.length, start + pieces[i].length);
      spans.push({ start, end });
      start = end;
      i++;
      continue;
    }
    if (!pieces[i].includes(BROKEN)) throw mismatch(text, pieces, i, start);
    const next = nextWhole(pieces, i);
    const shown = pieces.slice(i, next).join("").replaceAll(BROKEN, "").length;
    const end = next === pieces.length ? text.length : text.indexOf(pieces[next], start + shown + 1);
    if (end < 0) throw mismatch(text, pieces, next, start);
    for (; i < next; i++) spans.push({ start, end });
    start = end;
  }
  if (start < text.length) throw mismatch(text, pieces, pieces.length, start);
  return spans;
}

/** The tokens that hold at least one character of a span, as a function of the span. */
export function tokensOf(spans: readonly Span[]): (span: Span) => number[] {
  return ({ start, end }) => spans.flatMap((token, i) => token.start < end && token.end > start ? [i] : []);
}

function nextWhole(pieces: readonly string[], from: number): number {
  let next = from;
  while (next < pieces.length && pieces[next].includes(BROKEN)) next++;
  return next;
}

function mismatch(text: string, pieces: readonly string[], i: number, start: number): CircuitbookError {
  const found = i < pieces.length ? `token ${i}, ${JSON.stringify(pieces[i])}` : "the end of the tokens";
  return new CircuitbookError(
    `Expected tokens that join to the text but found ${found}, where the text goes on with ` +
      `${JSON.stringify(text.slice(start, start + 20))}; give the pieces of this very text.`,
  );
}

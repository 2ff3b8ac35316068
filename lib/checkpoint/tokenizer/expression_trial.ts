/**
 * Tries an expression of a tokenizer on texts that make an expression backtrack.
 *
 * JavaScript cannot stop an expression once it runs: `(a+)+$` would hang the thread at the first
 * unlucky text. Ending a worker does not end its match either, and a core would stay busy for as
 * long as the process lives. So the texts grow, and an expression is found out before a match takes
 * long.
 *
 * @module
 */
import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { charactersOf, type ExpressionCharacters } from "./expression_characters.ts";

/**
 * The lengths of short texts. They grow so slowly that no cost runs away within one step, not even
 * one that triples with each character.
 */
const SHORT_LENGTHS = [8, 12, 15, 18, 20, 22, 24, 26, 28, 30, 34, 40];

/**
 * The lengths of the other texts. A match takes a few times as long as on the length before; the
 * last length shows a cost that grows with the cube of the length.
 */
const LENGTHS = [60, 100, 150, 200, 300, 400, 500, 700, 1_000, 1_400, 2_000];

/** The length up to which texts of two characters are tried, which are many. */
const LONGEST_PAIRS = 200;

/**
 * How long a match on a short text takes at most, in milliseconds; a sound expression takes
 * microseconds.
 */
const SHORT_LIMIT = 100;

/** How many characters are tried in pairs with each other. */
const MOST_PAIRED = 40;

/** Characters that end a text, so that a match that began well fails. */
const ENDS = ["!", "a", "\n", "\u0001"];

/**
 * Returns whether an expression splits all texts in time.
 *
 * @param expression the source text of the expression.
 * @param timeLimit how long the expression may take on all texts, in milliseconds.
 */
export function isQuick(expression: string, timeLimit: number): boolean {
  const splitter = splitterOf(expression);
  if (!splitter?.pattern) return true;
  const start = performance.now();
  const isInTime = () => performance.now() - start <= timeLimit;
  const parts: TrialParts = {
    ...charactersOf(splitter.pattern, isInTime),
    words: wordsOf(expression),
  };
  for (const length of SHORT_LENGTHS) {
    for (const text of textsOf(parts, length)) {
      if (takesLong(() => splitter.pre_tokenize_text(text)) || !isInTime()) return false;
    }
  }
  for (const length of LENGTHS) {
    for (const text of textsOf(parts, length)) {
      splitter.pre_tokenize_text(text);
      if (!isInTime()) return false;
    }
  }
  return true;
}

/** Whether a match takes long three times: once can be the machine's doing. */
function takesLong(match: () => void): boolean {
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    match();
    if (performance.now() - start <= SHORT_LIMIT) return false;
  }
  return true;
}

/**
 * Returns a splitter by an expression; undefined if the expression is not valid, which loading
 * reports.
 */
function splitterOf(expression: string): SplitPreTokenizer | undefined {
  try {
    return new SplitPreTokenizer({
      type: "Split",
      pattern: { Regex: expression },
      behavior: "Isolated",
      invert: false,
    });
  } catch {
    return undefined;
  }
}

/** What the texts of a trial are made of. */
interface TrialParts extends ExpressionCharacters {
  /** Words that stand in the expression. */
  readonly words: readonly string[];
}

/** Returns the words that stand in an expression, each once. */
function wordsOf(expression: string): string[] {
  const literal = expression.replace(
    /\\[pP]\{[^}]*\}|\\u\{?[0-9a-fA-F]+\}?|\\x[0-9a-fA-F]{2}/g,
    "|",
  );
  // A class such as [bz] stands for its first character.
  const plain = literal.replace(/\[\^?\\?(.)[^\]]*\]/g, "$1");
  const words = plain.split(/[^\p{L}\p{N}_ '-]+/u).filter(({ length }) => length > 1);
  return [...new Set(words)];
}

/**
 * Returns texts that repeat one or two characters, or a word, and end with another character, so
 * that a match fails at the end. Some texts begin with the characters that the expression needs
 * first, because `x(a+)+$` backtracks only after an x.
 */
function* textsOf(
  { kinds, places, words }: TrialParts,
  length: number,
): Generator<string> {
  for (const word of words) yield word.repeat(length) + "\u0001";
  const isShort = length <= LONGEST_PAIRS;
  const paired = kinds.slice(0, MOST_PAIRED);
  // [^b] repeats every character but b, so a text for ([^b]+)+$ must end with b.
  const ends = isShort ? new Set([...ENDS, ...paired]) : ENDS;
  for (const one of kinds) {
    for (const end of ends) if (end !== one) yield one.repeat(length) + end;
  }
  for (const [index, { before, character }] of places.entries()) {
    yield before + character.repeat(length) + "\u0001";
    if (!isShort) continue;
    const next = places[index + 1]?.character ?? "";
    yield before + (character + next).repeat(length / 2) + "\u0001";
  }
  if (!isShort) return;
  for (const one of paired) {
    for (const other of paired) yield (one + other).repeat(length / 2) + "\u0001";
  }
}

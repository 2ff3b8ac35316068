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

/** Characters of the classes that expressions name. */
const SAMPLES = [..."a0 \n.'_é中"];

/** A character of each Unicode category, by the first letter of the category's name. */
const CLASS_SAMPLES: Readonly<Record<string, string>> = {
  L: "a",
  M: "\u0301",
  N: "0",
  P: "!",
  S: "☃",
  Z: "\u00a0",
  C: "\u0002",
};

/**
 * Returns whether an expression splits all texts in time.
 *
 * @param expression the source text of the expression.
 * @param timeLimit how long the expression may take on all texts, in milliseconds.
 */
export function isQuick(expression: string, timeLimit: number): boolean {
  const splitter = splitterOf(expression);
  if (!splitter) return true;
  const { characters, words } = partsOf(expression);
  const start = performance.now();
  const isInTime = () => performance.now() - start <= timeLimit;
  for (const length of SHORT_LENGTHS) {
    for (const text of textsOf(characters, words, length)) {
      if (takesLong(() => splitter.pre_tokenize_text(text)) || !isInTime()) return false;
    }
  }
  for (const length of LENGTHS) {
    for (const text of textsOf(characters, words, length)) {
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

/**
 * What an expression repeats: its own letters, digits and signs, and the words that stand in it.
 */
function partsOf(expression: string): { characters: string[]; words: string[] } {
  const escaped = [...expression.matchAll(/\\u\{?([0-9a-fA-F]+)\}?|\\x([0-9a-fA-F]{2})/g)]
    .map(([, long, short]) =>
      String.fromCodePoint(Math.min(parseInt(long ?? short, 16), 0x10ffff))
    );
  const classes = [...expression.matchAll(/\\p\{\^?(\w)/g)]
    .map(([, name]) => CLASS_SAMPLES[name] ?? "a");
  const literal = expression.replace(
    /\\[pP]\{[^}]*\}|\\u\{?[0-9a-fA-F]+\}?|\\x[0-9a-fA-F]{2}/g,
    "|",
  );
  // A class such as [bz] stands for its first character.
  const plain = literal.replace(/\[\^?\\?(.)[^\]]*\]/g, "$1");
  const words = plain.split(/[^\p{L}\p{N}_ '-]+/u).filter(({ length }) => length > 1);
  return {
    characters: [...new Set([...SAMPLES, ...escaped, ...classes, ...literal])].slice(0, 40),
    words: [...new Set(words)].slice(0, 40),
  };
}

/**
 * Texts that repeat one or two characters, or a word, and end with another character, so that a
 * match fails at the end.
 */
function* textsOf(
  characters: readonly string[],
  words: readonly string[],
  length: number,
): Generator<string> {
  for (const word of words) yield word.repeat(length) + "\u0001";
  for (const one of characters) {
    for (const end of ["!", "a", "\n", "\u0001"]) yield one.repeat(length) + end;
    if (length > LONGEST_PAIRS) continue;
    for (const other of characters) yield (one + other).repeat(length / 2) + "\u0001";
  }
}

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Tries expressions of a tokenizer on texts that make an expression backtrack. Sends a message when it
 * has started, and one for each expression that is done.
 *
 * @module
 */
import { SplitPreTokenizer } from "@huggingface/tokenizers";

/** The length of a text: long enough to show a cost that grows with the cube of the length. */
const LENGTH = 2_000;

/** Characters of the classes that expressions name. */
const SAMPLES = [..."a0 \n.'_é中"];

self.onmessage = ({ data }: MessageEvent<string[]>) => {
  for (const expression of data) {
    tryOut(expression);
    self.postMessage("done");
  }
};
self.postMessage("started");

function tryOut(expression: string): void {
  const splitter = splitterOf(expression);
  if (!splitter) return;
  // The expression's own letters, digits and signs are what it repeats.
  const characters = [...new Set([...SAMPLES, ...expression.replace(/\\[pP]\{[^}]*\}/g, "")])];
  for (const text of textsOf(characters.slice(0, 40))) splitter.pre_tokenize_text(text);
}

/** Returns a splitter by an expression; undefined if the expression is not valid, which loading reports. */
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

/** Texts that repeat one or two characters and end with another one, so that a match fails at the end. */
function* textsOf(characters: readonly string[]): Generator<string> {
  for (const one of characters) {
    for (const end of ["!", "a", "\n", "\u0001"]) yield one.repeat(LENGTH) + end;
    for (const other of characters) yield (one + other).repeat(LENGTH / 10) + "\u0001";
  }
}

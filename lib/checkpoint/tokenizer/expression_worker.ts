/**
 * Tries expressions of a tokenizer on texts that make an expression backtrack. Sends a message when it
 * has started, and one for each expression that is done.
 *
 * @module
 */
import { SplitPreTokenizer } from "@huggingface/tokenizers";

/** What the worker says: that it has started, or that it is done with an expression. */
export type WorkerMessage = "started" | "done";

/** The length of a text: long enough to show a cost that grows with the cube of the length. */
const LENGTH = 2_000;

/** Characters of the classes that expressions name. */
const SAMPLES = [..."a0 \n.'_é中"];

/** The global object of a worker; the types of workers are not loaded in this project. */
interface WorkerScope {
  onmessage: (event: MessageEvent<string[]>) => void;
  postMessage(message: WorkerMessage): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  for (const expression of data) {
    tryOut(expression);
    scope.postMessage("done");
  }
};
scope.postMessage("started");

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

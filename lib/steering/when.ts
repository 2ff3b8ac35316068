import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { listed } from "../base/shortened.ts";
import type { Model } from "../model/model.ts";
import type { TokenContext } from "../model/plan/edit.ts";
import { completions } from "./completions.ts";

/** The kind of an argument that has a tokenizer, as a model has. */
const withTokenizer = is.like("a model", "tokenizer");

/**
 * Returns whether the token after the given ones is to be written: true at the last token of the
 * prompt and at every generated token. Used as the `when` of an edit.
 *
 * @param context the tokens of one row so far, and the length of its prompt.
 * @returns whether the edit acts at the last of these tokens.
 *
 * @example
 * ```ts
 * import { steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const held = [1, 2, 3].map((length) =>
 *   steering.whileWriting({ tokens: Array(length), promptLength: 2, row: 0 })
 * );
 * assertEquals(held, [false, true, true]);
 * ```
 */
export function whileWriting(context: TokenContext): boolean {
  checkArguments("whileWriting", {
    context: [context, is.like("a context", "tokens", "promptLength")],
  });
  const { tokens, promptLength } = context;
  checkArguments("whileWriting", { "context.tokens": [tokens, is.list] });

  return tokens.length >= promptLength;
}

/**
 * A full stop, question or exclamation mark, perhaps followed by quotes or brackets; or the end of
 * a line.
 */
const SENTENCE_END = /[.!?。！？]["'”’)\]]*\s*$|\n\s*$/;

/**
 * Returns a `when` that holds at tokens that end a sentence or a line while the model writes. A
 * decimal point that is a token of its own counts as a full stop, since the token after it is not
 * known yet.
 *
 * @param model the model, whose tokenizer spells the tokens.
 * @param options whether the last token of the prompt counts. Default true.
 * @returns a function of the tokens so far.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.atSentenceEnds(model);
 * const tokens = model.tokenizer.encode("We have 8. Let's");
 * const held = tokens.filter((_, i) =>
 *   when({ tokens: tokens.slice(0, i + 1), promptLength: 1, row: 0 })
 * );
 * assertEquals(model.tokenizer.pieces(held), ["."]);
 * ```
 */
export function atSentenceEnds(
  model: Model,
  options: { readonly promptEnd?: boolean } = {},
): (context: TokenContext) => boolean {
  checkArguments("atSentenceEnds", {
    model: [model, withTokenizer],
    options: [options, is.object],
  });
  const { tokenizer } = model;

  const { promptEnd = true } = options;
  return ({ tokens, promptLength }) => {
    if (tokens.length < promptLength + (promptEnd ? 0 : 1)) return false;
    const [last = "", before = ""] = tokenizer.pieces(tokens.slice(-2)).reverse();
    // A line break after a full stop does not end a second sentence.
    return SENTENCE_END.test(last) && !(last.trim() === "" && SENTENCE_END.test(before));
  };
}

/**
 * Returns a `when` that holds at every n-th occurrence of a text in a row, counted from the start
 * of the row: the 3rd, 6th, … for n = 3. It holds at the token that completes the occurrence.
 *
 * @param model the model, whose tokenizer spells the tokens.
 * @param text the text, such as ` (`, however many tokens it is.
 * @param n a positive integer.
 * @returns a function of the tokens so far.
 * @throws CircuitbookError if the text is empty, or `n` is not a positive integer.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.everyNth(model, " (", 2);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(when({ tokens: [open, 7, open], promptLength: 0, row: 0 }), true);
 * ```
 */
export function everyNth(
  model: Model,
  text: string,
  n: number,
): (context: TokenContext) => boolean {
  checkArguments("everyNth", {
    model: [model, withTokenizer],
    text: [text, is.text],
    n: [n, is.number],
  });

  checkCount(n);
  return atOccurrence(model, text, (count) => count % n === 0);
}

/**
 * Returns a `when` that holds at the n-th and every later occurrence of a text in a row, at the
 * token that completes the occurrence.
 *
 * @param model the model, whose tokenizer spells the tokens.
 * @param text the text, such as ` (`, however many tokens it is.
 * @param n a positive integer.
 * @returns a function of the tokens so far.
 * @throws CircuitbookError if the text is empty, or `n` is not a positive integer.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.fromNth(model, " (", 2);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(when({ tokens: [open], promptLength: 0, row: 0 }), false);
 * ```
 */
export function fromNth(model: Model, text: string, n: number): (context: TokenContext) => boolean {
  checkArguments("fromNth", {
    model: [model, withTokenizer],
    text: [text, is.text],
    n: [n, is.number],
  });

  checkCount(n);
  return atOccurrence(model, text, (count) => count >= n);
}

/**
 * Returns a `when` that holds at every token, whatever it is, from the n-th occurrence of a text
 * on.
 *
 * @param model the model, whose tokenizer spells the tokens.
 * @param text the text, such as ` (`, however many tokens it is.
 * @param n a positive integer.
 * @returns a function of the tokens so far.
 * @throws CircuitbookError if the text is empty, or `n` is not a positive integer.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.afterNth(model, " (", 1);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(when({ tokens: [open, 7], promptLength: 0, row: 0 }), true);
 * ```
 */
export function afterNth(
  model: Model,
  text: string,
  n: number,
): (context: TokenContext) => boolean {
  checkArguments("afterNth", {
    model: [model, withTokenizer],
    text: [text, is.text],
    n: [n, is.number],
  });

  checkCount(n);
  const completes = completions(model.tokenizer, text);
  return ({ tokens }) => countOf(completes, tokens) >= n;
}

function checkCount(n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  throw new CircuitbookError(
    `Expected a whole number of occurrences, at least 1, but found ${listed([n])}.`,
  );
}

/** Returns a `when` that holds at those occurrences of a text whose number, from 1, is wanted. */
function atOccurrence(
  { tokenizer }: Model,
  text: string,
  wanted: (count: number) => boolean,
): (context: TokenContext) => boolean {
  const completes = completions(tokenizer, text);
  return ({ tokens }) => {
    return completes(tokens, tokens.length - 1) && wanted(countOf(completes, tokens));
  };
}

function countOf(
  completes: (tokens: readonly number[], at: number) => boolean,
  tokens: readonly number[],
): number {
  return tokens.filter((_, at) => completes(tokens, at)).length;
}

import { CircuitbookError } from "../../base/errors.ts";
import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "./architecture.ts";
import { shown } from "../../base/options.ts";
import { checkTokenIds } from "./token_ids.ts";
import { longestOf } from "../../base/lists.ts";

/** A text, a list of token ids, or a list of either: each is one row. */
export type Input = string | readonly number[] | readonly (string | readonly number[])[];

/** Token rows, padded on the left to one length. */
export interface Batch {
  /** The token ids of each row, without padding. */
  readonly rows: readonly (readonly number[])[];
  /** The padding on the left of each row, in tokens. */
  readonly pads: readonly number[];
  /** The length of a row with its padding. */
  readonly columns: number;
}

/**
 * Returns the token rows of an input.
 *
 * @throws CircuitbookError if a text is empty or longer than the context, if a token is not in the
 * vocabulary, or if the model has no tokenizer for a text.
 */
export function tokenRows(
  input: Input,
  tokenizer: Tokenizer,
  { vocab, context }: Architecture,
): number[][] {
  if (typeof input !== "string" && !Array.isArray(input) && !ArrayBuffer.isView(input)) {
    throw new CircuitbookError(
      `Expected a text, tokens, or a list of either but found ${shown(input)}.`,
    );
  }
  const items = typeof input === "string" || typeof input[0] === "number"
    ? [input as string | readonly number[]]
    : input as readonly (string | readonly number[])[];
  if (!items.length) {
    throw new CircuitbookError("Expected at least one text but found an empty batch.");
  }
  return items.map((item, row) => {
    if (typeof item !== "string" && !Array.isArray(item) && !ArrayBuffer.isView(item)) {
      throw new CircuitbookError(
        `Expected a text or tokens in row ${row} but found ${shown(item)}.`,
      );
    }
    const tokens = typeof item === "string" ? tokenizer.encode(item) : [...item];
    if (!tokens.length) {
      throw new CircuitbookError(
        `Expected at least one token in row ${row} but found an empty prompt.`,
      );
    }
    if (tokens.length > context) {
      throw new CircuitbookError(
        `Expected at most ${context} tokens (the model's context) in row ${row} but found ${tokens.length}; shorten the text.`,
      );
    }
    checkTokenIds(tokens, vocab, `in row ${row}`);
    return tokens;
  });
}

/** Returns rows padded on the left, to the longest row or to a given number of columns. */
export function batchOf(
  rows: readonly (readonly number[])[],
  columns: number = longestOf(rows),
): Batch {
  return { rows, pads: rows.map((row) => columns - row.length), columns };
}

import { CircuitbookError } from "../base/errors.ts";
import type { Input } from "./plan/batch.ts";
import type { TokenPairs } from "./edges/pairs.ts";

/**
 * Clean and corrupted prompts, which differ only in the studied information. There are equally many
 * of both, and the two prompts of a pair have equally many tokens.
 */
export interface PromptPairs {
  /** The prompts whose activations are put into runs of the corrupted prompts. */
  readonly clean: Input;
  /** The prompts that are patched. */
  readonly corrupted: Input;
}

/**
 * Returns the token rows of clean and corrupted prompts.
 *
 * @throws CircuitbookError if there are not equally many of each, or if a clean and a corrupted
 * prompt differ in length.
 */
export function pairedRows(
  model: { tokens(input: Input): number[][] },
  pairs: PromptPairs,
): TokenPairs {
  const clean = model.tokens(pairs.clean);
  const corrupted = model.tokens(pairs.corrupted);
  if (clean.length !== corrupted.length) {
    throw new CircuitbookError(
      `Expected ${clean.length} corrupted prompts but found ${corrupted.length}.`,
    );
  }
  clean.forEach(({ length }, row) => {
    const other = corrupted[row].length;
    if (length === other) return;
    throw new CircuitbookError(
      `Expected the corrupted prompt ${row} to have ${length} tokens, like the clean one, but found ${other}.`,
    );
  });
  return { clean, corrupted };
}

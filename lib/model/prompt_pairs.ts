import { CircuitbookError } from "../base/errors.ts";
import type { Input } from "./plan/batch.ts";
import type { TokenPairs } from "./edges/pairs.ts";

/** Prompts that are alike but for what is to be found: as many of one as of the other, and row by row equally long. */
export interface PromptPairs {
  /** Where the activations come from. */
  readonly clean: Input;
  /** Where they are put in. */
  readonly corrupted: Input;
}

/** Token rows of pairs. @throws CircuitbookError unless they are as many, and row by row equally long. */
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
      `Expected the corrupted prompt ${row} to have ${length} tokens, as the clean one, but found ${other}.`,
    );
  });
  return { clean, corrupted };
}

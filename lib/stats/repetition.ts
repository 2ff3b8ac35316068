import { checkArguments, is } from "../base/arguments.ts";

/**
 * Returns how much a text repeats itself: the share of its windows of `width` tokens that occurred
 * earlier in the text. The share is 0 if no window occurs twice, and near 1 if the text goes in
 * circles.
 *
 * After the repetition measure (rep-n) of S. Welleck et al., "Neural text generation with
 * unlikelihood training" (2020).
 *
 * @param tokens the token ids of the text.
 * @param width the number of tokens of a window. Default 4.
 * @returns a share from 0 to 1; 0 for texts of fewer than `width` tokens.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stats.repeatedShare([1, 2, 3, 4, 5, 6]), 0);
 * assertEquals(stats.repeatedShare([7, 8, 7, 8, 7, 8], 2), 0.6);
 * ```
 */
export function repeatedShare(tokens: readonly number[], width = 4): number {
  checkArguments("repeatedShare", { tokens: [tokens, is.numbers] });

  const count = tokens.length - width + 1;
  if (count < 1) return 0;
  const windows = Array.from(
    { length: count },
    (_, start) => tokens.slice(start, start + width).join(),
  );
  return 1 - new Set(windows).size / count;
}

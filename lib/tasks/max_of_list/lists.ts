import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { integer, seededRandom } from "../../base/random.ts";
import { checkOptions, wholeNumber } from "../../base/options.ts";

/** The number of digits in a list. */
export const LENGTH = 5;

/** The token id after the digits, at which the model answers. The id of a digit is the digit. */
export const ANS = 10;

/** A list of digits, the prompt made of it, and the right answer. */
export interface DigitList {
  /** The five digits. */
  readonly digits: readonly number[];
  /** The prompt: the digits' tokens, then ANS. */
  readonly tokens: readonly number[];
  /** The greatest digit, which the model should predict at ANS. */
  readonly maximum: number;
}

/** Settings of {@link lists}. */
export interface ListOptions {
  /** How many lists. */
  readonly n: number;
  /** Default 0. */
  readonly seed?: number;
  /**
   * What is drawn uniformly. "digits" (default): each digit, so that the maximum is 9 in about two
   * lists of five. "maximum": the maximum, then one of the lists that have it.
   */
  readonly uniform?: "digits" | "maximum";
}

const optionsSchema = z.strictObject({
  n: z.number("to be a whole number").int("to be a whole number").min(
    0,
    "to be a whole number from 0 on",
  ),
  seed: wholeNumber.optional(),
  uniform: z.enum(["digits", "maximum"], 'to be "digits" or "maximum"').optional(),
});

/**
 * Returns a list with its tokens and its greatest digit.
 *
 * @param digits digits from 0 to 9.
 * @returns the list.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfList.list([2, 7, 1, 1, 5]), {
 *   digits: [2, 7, 1, 1, 5],
 *   tokens: [2, 7, 1, 1, 5, 10],
 *   maximum: 7,
 * });
 * ```
 */
export function list(digits: readonly number[]): DigitList {
  checkArguments("list", { digits: [digits, is.numbers] });

  return { digits, tokens: [...digits, ANS], maximum: Math.max(...digits) };
}

/**
 * Returns random lists of five digits; a list may occur more than once. A larger `n` continues the
 * lists of the same seed.
 *
 * @param options how many lists, the seed, and what is uniform.
 * @returns the lists.
 * @throws CircuitbookError if `n` is not a whole number from 0 on, or an option is unknown.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [{ digits, maximum }] = maxOfList.lists({ n: 1, seed: 7 });
 * assertEquals(maximum, Math.max(...digits));
 * ```
 */
export function lists(options: ListOptions): DigitList[] {
  checkOptions(options, optionsSchema, "maxOfList.lists");
  const { n, seed = 0, uniform = "digits" } = options;
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => {
    const most = uniform === "maximum" ? integer(random, 0, 9) : 9;
    // A list without the wanted maximum is drawn again, so that all lists with this maximum are
    // equally likely.
    while (true) {
      const digits = Array.from({ length: LENGTH }, () => integer(random, 0, most));
      if (uniform === "digits" || digits.includes(most)) return list(digits);
    }
  });
}

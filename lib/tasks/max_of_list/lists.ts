import { z } from "zod";
import { integer, seededRandom } from "../../base/random.ts";
import { checkOptions, wholeNumber } from "../../base/options.ts";

/** How many digits a list has. */
export const LENGTH = 5;

/** The token after the digits, at which the model answers: the ids of digits are the digits. */
export const ANS = 10;

/** Digits, and what a model gets and should say of them. */
export interface DigitList {
  readonly digits: readonly number[];
  /** The digits' tokens, then ANS. */
  readonly tokens: readonly number[];
  /** The greatest digit: the token that the model should predict at ANS. */
  readonly maximum: number;
}

/** Which lists to draw. */
export interface ListOptions {
  /** How many. */
  readonly n: number;
  readonly seed?: number;
  /**
   * "digits" (default): every digit is uniform, so that the greatest is 9 in two lists of five; "maximum": the greatest is
   * uniform, then a list with it.
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
 * A list with its tokens and its greatest digit.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfList.list([2, 7, 1, 1, 5]), { digits: [2, 7, 1, 1, 5], tokens: [2, 7, 1, 1, 5, 10], maximum: 7 });
 * ```
 */
export function list(digits: readonly number[]): DigitList {
  return { digits, tokens: [...digits, ANS], maximum: Math.max(...digits) };
}

/**
 * Random lists of five digits; the same may come twice. The lists of a seed stay the same when more are asked for.
 *
 * @throws CircuitbookError when `n` is no whole number, or an option is unknown.
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
    // Lists without the wanted maximum are drawn again: so all lists that have it are equally likely.
    while (true) {
      const digits = Array.from({ length: LENGTH }, () => integer(random, 0, most));
      if (uniform === "digits" || digits.includes(most)) return list(digits);
    }
  });
}

/**
 * All 100,000 lists, in order.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfList.allLists()[27115].digits, [2, 7, 1, 1, 5]);
 * ```
 */
export function allLists(): DigitList[] {
  return Array.from(
    { length: 10 ** LENGTH },
    (_, number) => list([...String(number).padStart(LENGTH, "0")].map(Number)),
  );
}

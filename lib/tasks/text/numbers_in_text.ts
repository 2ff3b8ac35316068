import { checkArguments, is } from "../../base/arguments.ts";

/** A number in a text. */
export interface NumberInText {
  /** The index of the first character, the sign included. */
  readonly start: number;
  /** The index after the last character. */
  readonly end: number;
  /** The value of the number. */
  readonly value: number;
}

/** Digits, with or without commas between thousands; decimals only if digits follow the point. */
const NUMBER = /(?<![\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?/g;

/**
 * Returns the numbers of a text, each as a whole: `162` does not contain 62, `62.` is 62, `62.5` is
 * not, and `1,080` is 1080. A minus belongs to a number if nothing stands before it to subtract
 * from: `= -62`, but not `100-62` or `100 - 62`.
 *
 * @param text any text.
 * @returns the numbers, in the order of the text.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(wordProblems.numbersIn("It is $1,080.50, not 162.").map(({ value }) => value), [
 *   1080.5,
 *   162,
 * ]);
 * ```
 */
export function numbersIn(text: string): NumberInText[] {
  checkArguments("numbersIn", { text: [text, is.text] });

  return [...text.matchAll(NUMBER)].map((match) => {
    const digits = match.index;
    const end = digits + match[0].length;
    const negative = isSign(text, digits - 1);
    const value = Number(match[0].replaceAll(",", ""));
    return { start: negative ? digits - 1 : digits, end, value: negative ? -value : value };
  });
}

/** Returns whether the character at an index is a minus that belongs to the number after it. */
function isSign(text: string, at: number): boolean {
  if (text[at] !== "-" && text[at] !== "−") return false;
  return !/[\p{L}\p{N})\]}%]/u.test(text[at - 1] ?? "");
}

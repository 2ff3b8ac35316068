/** A number in a text, and where it stands: `end` excluded. */
export interface NumberInText {
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** Digits, with thousands set off by commas or not, and decimals only where digits follow the point. */
const NUMBER = /(?<![\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?/g;

/**
 * The numbers of a text, whole: `162` is one number, not also 62; `62.` is 62 and `62.5` is not; `1,080` is 1080. A minus
 * belongs to its number where nothing that could be subtracted from stands before it: `= -62`, not `100-62` or `100 - 62`.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(wordProblems.numbersIn("It is $1,080.50, not 162.").map(({ value }) => value), [1080.5, 162]);
 * ```
 */
export function numbersIn(text: string): NumberInText[] {
  return [...text.matchAll(NUMBER)].map((match) => {
    const digits = match.index;
    const end = digits + match[0].length;
    const negative = isSign(text, digits - 1);
    const value = Number(match[0].replaceAll(",", ""));
    return { start: negative ? digits - 1 : digits, end, value: negative ? -value : value };
  });
}

/** Whether a minus stands at this place, and is a sign. */
function isSign(text: string, at: number): boolean {
  if (text[at] !== "-" && text[at] !== "−") return false;
  return !/[\p{L}\p{N})\]}%]/u.test(text[at - 1] ?? "");
}

import { checkArguments, is } from "../../base/arguments.ts";
import { numbersIn } from "../text/numbers_in_text.ts";

/**
 * A full stop, exclamation or question mark, with the quotes and brackets that close after it,
 * before a space or the end; or the end of a line.
 */
const END = /[.!?](?=["'”’)\]]*(?:\s|$))["'”’)\]]*|[。！？]|\n/g;

/**
 * Returns where the sentences that state a number end, in order. A sentence ends at a full stop or
 * at the end of its line. The number must stand as a whole (`162` and `62.5` do not state 62) and
 * counts by its value (`1,080` and `1080.00` state 1080).
 *
 * @param text any text.
 * @param answer the number, as text.
 * @returns the index of the last character of each sentence.
 *
 * @example
 * ```ts
 * import { reasoning } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "100 + 62 = 162 (not 62)\nSo 62 it is. Yes";
 * assertEquals(reasoning.statedEnds(text, "62").map((end) => text.slice(0, end + 1).length), [
 *   24,
 *   36,
 * ]);
 * ```
 */
export function statedEnds(text: string, answer: string): number[] {
  checkArguments("statedEnds", { text: [text, is.text], answer: [answer, is.text] });

  const wanted = Number(answer);
  const ends = sentenceEnds(text);
  const stated = numbersIn(text).filter(({ value }) => value === wanted)
    .map((number) => ends.find((end) => end >= number.end - 1)!);
  return [...new Set(stated)];
}

/**
 * Returns the index of the last character of every sentence. What follows the last full stop is a
 * sentence, too, without the spaces at its end.
 */
function sentenceEnds(text: string): number[] {
  const ends = [...text.matchAll(END)].map((match) => match.index + match[0].length - 1);
  const last = text.trimEnd().length - 1;
  return last > (ends.at(-1) ?? -1) ? [...ends, last] : ends;
}

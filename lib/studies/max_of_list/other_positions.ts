import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { seededRandom, shuffle } from "../../base/random.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";

/**
 * Returns, for each list, as many positions without the maximum as there are with it, drawn at
 * random: a control for the positions of the maximum. Where there are fewer, all of them are
 * returned; where there is none, the position of ANS.
 *
 * @param lists the lists.
 * @param options `seed` (default 0) draws the positions.
 * @returns a list of positions for each list of digits.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfListStudy.othersAt([maxOfList.list([7, 7, 7, 1, 7])]), [[3]]);
 * ```
 */
export function othersAt(
  lists: readonly DigitList[],
  options: { seed?: number } = {},
): number[][] {
  checkArguments("othersAt", {
    lists: [lists, is.listOf(aDigitList)],
    options: [options, is.object],
  });
  const { seed = 0 } = options;

  const random = seededRandom(seed);
  return lists.map(({ digits, maximum }) => {
    const others = shuffle(random, [...digits.keys()].filter((i) => digits[i] !== maximum));
    return others.length ? others.slice(0, digits.length - others.length).sort() : [digits.length];
  });
}

import { seededRandom, shuffle } from "../../base/random.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";

/**
 * For each list as many positions as its maximum has, drawn from the others: a control. Where there are fewer, all of them; where
 * there is none, ANS itself.
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
  { seed = 0 }: { seed?: number } = {},
): number[][] {
  const random = seededRandom(seed);
  return lists.map(({ digits, maximum }) => {
    const others = shuffle(random, [...digits.keys()].filter((i) => digits[i] !== maximum));
    return others.length ? others.slice(0, digits.length - others.length).sort() : [digits.length];
  });
}

import { assert, assertEquals } from "@std/assert";
import { maxOfList } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";

Deno.test("as many other positions as the maximum has are drawn, ANS where there is none", () => {
  const lists = [[2, 7, 1, 7, 5], [3, 3, 3, 3, 3], [9, 9, 9, 9, 0]].map(maxOfList.list);
  const [two, none, one] = maxOfListStudy.othersAt(lists, { seed: 1 });
  assertEquals([two.length, none, one], [2, [5], [4]]);
  assert(two.every((position) => [0, 2, 4].includes(position)));
});

import { CircuitbookError, compare, normal, seededRandom, tables } from "circuitbook";
import { assertAlmostEquals, assertThrows } from "@std/assert";

/** All orders of a list. */
function permutations(list: readonly number[]): number[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) =>
    permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest])
  );
}

Deno.test("heads are matched as the best of all permutations matches them", () => {
  const random = seededRandom(1);
  const heads = () =>
    Array.from(
      { length: 5 },
      (_, head) => ({ layer: 0, head, a: normal(random), b: normal(random) }),
    );
  for (let trial = 0; trial < 20; trial++) {
    const [one, other] = [heads(), heads()];
    const costs = permutations([0, 1, 2, 3, 4]).map((order) =>
      order.reduce(
        (sum, match, i) =>
          sum + (one[i].a - other[match].a) ** 2 + (one[i].b - other[match].b) ** 2,
        0,
      )
    );
    const table = compare.matchHeads(one, other, { scores: ["a", "b"] });
    const cost = tables.numberRows(table).reduce((sum, { distance }) => sum + distance ** 2, 0);
    assertAlmostEquals(cost, Math.min(...costs), 1e-9);
  }
});

Deno.test("tables of other sizes, and scores that are no numbers, are refused", () => {
  const heads = [{ layer: 0, head: 0, a: 1 }, { layer: 0, head: 1, a: NaN }];
  assertThrows(
    () => compare.matchHeads(heads.slice(0, 1), heads, { scores: ["a"] }),
    CircuitbookError,
    "found NaN",
  );
  assertThrows(() => compare.matchHeads(heads.slice(0, 1), [], { scores: ["a"] }), Error);
});

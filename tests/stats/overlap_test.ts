import { CircuitbookError, stats } from "circuitbook";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

/** How many pairs of k-sets out of n share each number, by going through all sets. */
function counted(n: number, k: number): number[] {
  const counts = new Array<number>(k + 1).fill(0);
  for (let set = 0; set < 1 << n; set++) {
    const members = [...Array(n).keys()].filter((i) => set >> i & 1);
    if (members.length === k) counts[members.filter((i) => i < k).length]++;
  }
  return counts;
}

Deno.test("the chance of an overlap is that of all pairs of sets, counted", () => {
  for (const [n, k] of [[8, 4], [9, 3], [10, 8], [12, 5], [6, 6]]) {
    const counts = counted(n, k);
    const total = counts.reduce((a, b) => a + b);
    const mean = counts.reduce((sum, count, shared) => sum + count * shared, 0) / total;
    for (let shared = Math.max(0, 2 * k - n); shared <= k; shared++) {
      const found = stats.overlapByChance({ shared, k, n });
      const more = counts.slice(shared).reduce((a, b) => a + b, 0) / total;
      assertAlmostEquals(found.p, more, 1e-12, `${n} ${k} ${shared}`);
      assertAlmostEquals(found.expected, mean, 1e-12);
    }
    const { low, high } = stats.overlapByChance({ shared: k, k, n });
    const below = (x: number) => counts.slice(0, x).reduce((a, b) => a + b, 0) / total;
    assertEquals(below(low) < 0.025 && below(low + 1) >= 0.025, true, `${n} ${k} low ${low}`);
    assertEquals(
      below(high) < 0.975 && below(high + 1) >= 0.975 - 1e-12,
      true,
      `${n} ${k} high ${high}`,
    );
  }
});

Deno.test("large sets stay exact: against Python's whole numbers and fractions", () => {
  const { p, low, high, expected } = stats.overlapByChance({ shared: 7, k: 1000, n: 396288 });
  assertAlmostEquals(expected, 2.523417, 1e-6);
  assertAlmostEquals(p, 0.014598467245992891, 1e-9);
  assertEquals([low, high], [0, 6]);
});

Deno.test("impossible overlaps are refused", () => {
  for (
    const [shared, k, n] of [[3, 2, 5], [0, 4, 5], [1, 0, 5], [1, 6, 5], [1.5, 2, 5], [-1, 2, 5]]
  ) {
    assertThrows(
      () => stats.overlapByChance({ shared, k, n }),
      CircuitbookError,
      "a possible overlap",
    );
  }
});

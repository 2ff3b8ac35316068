import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, stats, tables } from "circuitbook";
import pl from "nodejs-polars";

Deno.test("means stand in the order of their groups, and groups are drawn together", () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => ({ k: i % 2, problem: i >> 3, p: (i >> 3) + i % 2 }),
  );
  const alone = tables.numberRows(stats.meansBy(rows, ["k"], "p"));
  const together = tables.numberRows(stats.meansBy(rows, ["k"], "p", { groups: "problem" }));
  assertEquals(together.map(({ k, mean, n }) => [k, mean, n]), [[0, 2, 20], [1, 3, 20]]);
  const width = (row: Record<string, number>) => row.high - row.low;
  together.forEach((row, i) => assert(width(row) > 1.5 * width(alone[i])));
  assertThrows(() => stats.meansBy(rows, ["k"], "q"), CircuitbookError, 'Expected a column "q"');
  assertThrows(() => stats.meansBy([], ["k"], "p"), CircuitbookError, "empty table");
  const gap = [{ k: 1, p: 2 }, { k: 1, p: null }];
  assertThrows(() => stats.meansBy(gap, ["k"], "p"), CircuitbookError, "Expected finite numbers");
  assertEquals(stats.meansBy([{ p: true }, { p: false }], [], "p").getColumn("mean").toArray(), [
    0.5,
  ]);
});

Deno.test("a share of 0 or 1 has Wilson's interval over the units, a number that is 0 everywhere has none", () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => ({ problem: i >> 1, called: false, effect: 0 }),
  );
  const [share] = tables.rowsOf(stats.meansBy(rows, [], "called", { groups: "problem" }));
  // z² / (n + z²) with n 20.
  assertAlmostEquals(share.high, 0.16113, 1e-5);
  assertEquals([share.mean, share.low, share.n], [0, 0, 40]);
  const [effect] = tables.rowsOf(stats.meansBy(rows, [], "effect", { groups: "problem" }));
  assertEquals([effect.low, effect.high], [0, 0]);
});

Deno.test("the mean of one row is read by its columns", () => {
  const means = stats.meansBy([{ k: 1, p: 2 }, { k: 1, p: 4 }, { k: 2, p: 5 }], ["k"], "p");
  assertEquals([stats.meanWhere(means, { k: 1 }).value, stats.meanWhere(means, { k: 2 }).n], [
    3,
    1,
  ]);
  assertThrows(() => stats.meanWhere(means, { k: 3 }), CircuitbookError, "found none");
  assertThrows(() => stats.meanWhere(means, {}), CircuitbookError, "Expected one row");
});

Deno.test("the highest row is the first of the highest, and an unknown column is refused", () => {
  const table = pl.DataFrame({
    layer: [4, 5, 6, 7],
    mean: [-3, -1, -1, -2],
    name: ["a", "b", "c", "d"],
  });
  assertEquals(stats.highest(table, "mean"), { layer: 5, mean: -1 });
  assertEquals(stats.highest(pl.DataFrame({ layer: [1, 2], mean: [NaN, -5] }), "mean"), {
    layer: 2,
    mean: -5,
  });
  assertThrows(() => stats.highest(table, "name"), CircuitbookError, 'numbers in "name"');
  assertThrows(() => stats.highest(table, "median"), CircuitbookError, "layer, mean, name");
});

Deno.test("a text among numbers is refused, not counted as a number", () => {
  assertThrows(
    () => stats.meansBy([{ k: 0, p: "" }, { k: 0, p: "3" }], ["k"], "p"),
    CircuitbookError,
    'Expected numbers in the column "p" but found ""',
  );
});

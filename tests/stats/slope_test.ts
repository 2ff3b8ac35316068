import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, normal, seededRandom, stats } from "circuitbook";

Deno.test("the slope is that of least squares", () => {
  // By hand: mean x 2, mean y 3; Σ(x−2)(y−3) = 5, Σ(x−2)² = 5.
  const { value, n } = stats.slope([1, 1, 2, 4], [1, 3, 4, 4]);
  assertAlmostEquals(value, (-1 * -2 + -1 * 0 + 0 * 1 + 2 * 1) / (1 + 1 + 0 + 4), 1e-12);
  assertEquals(n, 4);
});

Deno.test("the interval agrees with the textbook's standard error where points are independent", () => {
  const random = seededRandom(1);
  const x = Array.from({ length: 400 }, (_, i) => i % 8);
  const y = x.map((value) => 0.3 * value + normal(random));
  const { value, low, high } = stats.slope(x, y, { seed: 2 });
  const spread = x.reduce((sum, at) => sum + (at - 3.5) ** 2, 0);
  assertAlmostEquals((high - low) / 2, 1.96 / Math.sqrt(spread), 0.008);
  assert(low < value && value < high && Math.abs(value - 0.3) < 0.1);
});

Deno.test("groups that differ in level widen the interval where x differs between groups, not within", () => {
  const random = seededRandom(3);
  const groups = Array.from({ length: 200 }, (_, i) => i >> 3);
  const levels = Array.from({ length: 25 }, () => 4 * normal(random));
  const noise = groups.map((group) => levels[group] + 0.1 * normal(random));
  const width = (x: number[], options = {}) => {
    const { low, high } = stats.slope(x, noise, options);
    return high - low;
  };
  const between = groups.map((group) => group % 5);
  const within = groups.map((_, i) => i % 8);
  assert(width(between, { groups }) > 1.5 * width(between));
  assert(width(within, { groups }) < 0.2 * width(within));
});

Deno.test("a level line has the slope 0, and what has no slope is refused", () => {
  assertEquals(stats.slope([0, 1, 2, 3], [1, 1, 1, 1]), { value: 0, low: 0, high: 0, n: 4 });
  assertThrows(() => stats.slope([1, 1], [0, 1]), CircuitbookError, "Expected x to vary");
  assertThrows(
    () => stats.slope([1, 2], [0]),
    CircuitbookError,
    "one length but found 2, 1 values",
  );
  assertThrows(
    () => stats.slope([1, 2], [0, 1], { groups: [1] }),
    CircuitbookError,
    "2, 2 and 1 values",
  );
  assertThrows(() => stats.slope([1, 2], [0, NaN]), CircuitbookError, "finite");
});

Deno.test("slopes of a table come by group, and are those of the group's rows alone", () => {
  const random = seededRandom(4);
  const rows = Array.from(
    { length: 120 },
    (_, i) => ({ of: i % 2 ? "odd" : "even", who: i >> 3, x: i % 8, y: random() < 0.5 }),
  );
  const table = stats.slopesBy(rows, ["of"], { x: "x", y: "y" }, { groups: "who", seed: 3 });
  assertEquals(table.getColumn("of").toArray(), ["even", "odd"]);
  const odd = rows.filter(({ of }) => of === "odd");
  const expected = stats.slope(odd.map(({ x }) => x), odd.map(({ y }) => Number(y)), {
    groups: odd.map(({ who }) => who),
    seed: 3,
  });
  assertEquals(stats.slopeWhere(table, { of: "odd" }), expected);
  assertThrows(
    () => stats.slopesBy(rows, ["off"], { x: "x", y: "y" }),
    CircuitbookError,
    'Expected a column "off"',
  );
  assertThrows(() => stats.slopesBy([], [], { x: "x", y: "y" }), CircuitbookError, "empty table");
  assertThrows(() => stats.slopeWhere(table, {}), CircuitbookError, "Expected one row");
});

Deno.test("points on a line have its slope in every draw, wherever the line lies", () => {
  for (const start of [0.1, 1.7e12]) {
    const step = start === 0.1 ? 0.1 : 1;
    const { value, low, high } = stats.slope([0, 1, 2].map((i) => start + i * step), [1, 2, 3]);
    for (const found of [value, low, high]) assertAlmostEquals(found * step, 1, 1e-6);
  }
});

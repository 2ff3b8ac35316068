import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import { select, texts } from "./parse.ts";

const HEADS = [
  { head: "L0H0", base: 0.1, r1: 0.1, kind: "other" },
  { head: "L0H1", base: 0.105, r1: 0.1, kind: "other" },
  { head: "L1H0", base: 0.2, r1: 0.9, kind: "verification" },
  { head: "L1H1", base: null, r1: 0.5, kind: "other" },
];

Deno.test("a scatter has a point for each row with both numbers, named under the pointer, and counts the others", () => {
  const { svg, label, captions } = plot.scatter(HEADS, {
    x: "base",
    y: "r1",
    label: "head",
    series: "kind",
  });
  const titles = texts(svg, "[aria-label=dot] title");
  assertEquals(titles, [
    "L0H0, other: base 0.100, r1 0.100",
    "L0H1, other: base 0.105, r1 0.100",
    "L1H0, verification: base 0.200, r1 0.900",
  ]);
  assertEquals(captions.caption, "1 of 4 rows without both numbers.");
  assert(label.includes("3 points; farthest out: L1H0"));
});

Deno.test("the points farthest out are named, as far as names do not cover one another", () => {
  const named = (options: Partial<plot.ScatterOptions>) =>
    texts(
      plot.scatter(HEADS, { x: "base", y: "r1", label: "head", ...options }).svg,
      "[aria-label=text] text",
    );
  assertEquals(named({}).sort(), ["L0H0", "L1H0"], "L0H1 lies too near to L0H0");
  assertEquals(named({ named: 1 }), ["L1H0"]);
});

Deno.test("a scatter with a diagonal has axes of one scale, and each series its own symbol", () => {
  const { svg } = plot.scatter(HEADS, { x: "base", y: "r1", series: "kind", diagonal: true });
  const ticks = (axis: string) => texts(svg, `[aria-label='${axis}-axis tick label'] text`);
  assertEquals(ticks("x"), ticks("y"));
  const shapes = select(svg, "[aria-label=dot] path").map((path) => path.getAttribute("d"));
  assertEquals(new Set(shapes).size, 2);
});

const RANKED = [
  ["a", "knock-out", -3],
  ["b", "knock-out", 2],
  ["c", "knock-out", 1],
  ["c", "attribution", 0.9],
  ["a", "attribution", 0.1],
  ["b", "attribution", -0.1],
].map(([item, method, score]) => ({ item, method, score }));

Deno.test("rankings are by the size of the score, equal ones share a rank, and the best in any ranking come first", () => {
  const { svg, label } = plot.rankings(RANKED);
  assertEquals(texts(svg, ".cb-cells title"), [
    "a, knock-out: rank 1 of 3 (−3)",
    "a, attribution: rank 2 of 3 (0.100)",
    "c, knock-out: rank 3 of 3 (1)",
    "c, attribution: rank 1 of 3 (0.900)",
    "b, knock-out: rank 2 of 3 (2)",
    "b, attribution: rank 2 of 3 (−0.100)",
  ]);
  assert(label.includes("knock-out: a, b, c"));
  const largest = plot.rankings(RANKED, { first: "largest" });
  assert(
    largest.label.includes("knock-out: b, c, a"),
    "by the score itself, the negative one is last",
  );
});

Deno.test("given ranks are drawn as they are; items that a method does not rank are left blank", () => {
  const rows = RANKED.slice(0, 4).map(({ item, method }, i) => ({
    item,
    method,
    rank: i === 3 ? 1 : i + 1,
  }));
  const { svg, captions } = plot.rankings(rows, { most: 2 });
  assertEquals(texts(svg, ".cb-cells title"), [
    "c, knock-out: rank 3 of 3",
    "c, attribution: rank 1 of 1",
    "a, knock-out: rank 1 of 3",
  ]);
  assert(captions.caption?.includes("The 2 of 3 with the best ranks."));
  assertThrows(
    () => plot.rankings([...rows, rows[0]]),
    CircuitbookError,
    '"knock-out" but found 4 rows of 3 items',
  );
});

Deno.test("equal ranks have one colour, however many items a method ranks", () => {
  const ranking = (method: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ item: `${i}`, method, rank: i + 1 }));
  const { svg } = plot.rankings([...ranking("all", 9), ...ranking("search", 2)]);
  const fills = new Map(
    select(svg, ".cb-cells rect").map((
      cell,
    ) => [cell.querySelector("title")?.textContent, cell.getAttribute("fill")]),
  );
  assert(fills.get("1, search: rank 2 of 2"));
  assertEquals(fills.get("1, search: rank 2 of 2"), fills.get("1, all: rank 2 of 9"));
});

const SHARES = [
  { name: "zero", series: "found", share: 0.2, low: 0.1, high: 0.3, n: 50 },
  { name: "zero", series: "random", share: 0.9, low: 0.8, high: 0.95, n: 50 },
  { name: "mean", series: "found", share: -0.4 },
];

Deno.test("bars begin at zero, have intervals where there are some, and say their numbers", () => {
  const { svg, label } = plot.bars(SHARES, { controls: ["random"] });
  assertEquals(
    label,
    "share: zero, found 0.200 (0.100 to 0.300), n 50; zero, random 0.900 (0.800 to 0.950), n 50; mean, found −0.400.",
  );
  const rects = select(svg, "[aria-label=rect] rect").map((rect) =>
    ["x", "width"].map((name) => Number(rect.getAttribute(name)))
  );
  const [zero] = rects[0];
  const unit = rects[0][1] / 0.2;
  const expected = [[zero, 0.2 * unit], [zero - 0.4 * unit, 0.4 * unit], [zero, 0.9 * unit]];
  rects.forEach((pair, i) =>
    pair.forEach((value, j) => assert(Math.abs(value - expected[i][j]) < 1e-6, `${i} ${j}`))
  );
  assertEquals(select(svg, "[aria-label=rule] line title").length, 2);
  assertEquals(
    new Set(select(svg, "[aria-label=rect]").map((group) => group.getAttribute("fill"))).size,
    2,
  );
});

Deno.test("comparisons refuse options and columns that are not there, by name", () => {
  assertThrows(() => plot.scatter(HEADS, { x: "bas", y: "r1" }), CircuitbookError, "nearest: base");
  assertThrows(
    () => plot.rankings(RANKED, { top: 3 } as plot.RankingsOptions),
    CircuitbookError,
    "Expected an option of rankings",
  );
  assertThrows(() => plot.bars(SHARES, { value: "shares" }), CircuitbookError, "nearest: share");
});

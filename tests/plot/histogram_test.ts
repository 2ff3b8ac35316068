import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import { binned } from "../../lib/plot/histogram.ts";
import { select } from "./parse.ts";

Deno.test("bins are the same for all classes, and each class's shares sum to one", () => {
  const bins = binned({ a: [0, 0.5, 1, 4], b: [2, 3] }, 4);
  assertEquals(bins.filter(({ className }) => className === "a").map(({ count }) => count), [
    2,
    1,
    0,
    1,
  ]);
  assertEquals(bins.filter(({ className }) => className === "b").map(({ count }) => count), [
    0,
    0,
    1,
    1,
  ]);
  for (const name of ["a", "b"]) {
    assertAlmostEquals(
      bins.filter(({ className }) => className === name).reduce((sum, { share }) => sum + share, 0),
      1,
    );
  }
});

Deno.test("a bar stands for each bin that holds something", () => {
  assertEquals(
    select(plot.histogram({ a: [0, 0, 1] }, { bins: 4 }).svg, "[aria-label=rect] rect").length,
    2,
  );
});

Deno.test("a marked value is a line with its label, in each panel", () => {
  const panels = { one: { a: [0, 1] }, two: { a: [0, 2] } };
  const { svg } = plot.histograms(panels, { marks: { "a half": 0.5 } });
  assertEquals(svg.match(/a half/g)?.length, 2);
  assertEquals(plot.histogram({ a: [0, 1] }).svg.includes('stroke-dasharray="3,3"'), false);
});

Deno.test("values that are no numbers are left out and counted; none at all is refused", () => {
  assert(plot.histogram({ a: [1, NaN, 2, Infinity] }).captions.caption?.includes("1 NaN, 1 ∞"));
  assertThrows(() => plot.histogram({ a: [NaN] }), CircuitbookError, "found none");
});

Deno.test("equal values are one bar", () => {
  assertEquals(select(plot.histogram({ a: [3, 3, 3] }).svg, "[aria-label=rect] rect").length, 1);
});

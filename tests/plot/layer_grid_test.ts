import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import { select, texts } from "./parse.ts";

const ROWS = [
  { layer: 0, position: 4, effect: 0.1, low: -0.1, high: 0.3 },
  { layer: 0, position: 2, effect: -0.5, low: -0.7, high: -0.3 },
  { layer: 3, position: 4, effect: 0.8, low: 0.6, high: 1, n: 40 },
];

Deno.test("a layer grid has a cell for each row of the table; cells whose interval leaves out zero are framed", () => {
  const { svg, label } = plot.layerGrid(ROWS, { columnLabels: ["a", "b", " (", "c", "not"] });
  assertEquals(texts(svg, ".cb-cells title"), [
    "layer 3, not: 0.800 (0.600 to 1), n 40",
    "layer 0, ·(: −0.500 (−0.700 to −0.300)",
    "layer 0, not: 0.100 (−0.100 to 0.300)",
  ], "layer 3 is above layer 0, position 2 before 4");
  assertEquals(select(svg, "[aria-label=cell][stroke-width] rect").length, 2);
  assert(label.includes("strongest: layer 3, not: 0.800"));
});

Deno.test("names along a layer grid stand as they come, numbers in order, a missing value is no number", () => {
  const parts = ["V", "Q", "gate"].map((part, i) => ({
    layer: 0,
    part,
    change: i === 1 ? null : i,
  }));
  const { svg } = plot.layerGrid(parts, { column: "part", value: "change" });
  assertEquals(texts(svg, "[aria-label='x-axis tick label'] text"), ["V", "Q", "gate"]);
  assertEquals(texts(svg, ".cb-cells title")[1], "layer 0, Q: NaN");
});

Deno.test("a layer grid refuses options and columns that are not there, by name", () => {
  assertThrows(
    () => plot.layerGrid(ROWS, { column: "head" }),
    CircuitbookError,
    'Expected a column "head"',
  );
  const options = { columnLabel: ["a"] } as plot.LayerGridOptions;
  assertThrows(() => plot.layerGrid(ROWS, options), CircuitbookError, 'nearest: "columnLabels"');
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot } from "circuitbook";
import pl from "nodejs-polars";
import { select, texts } from "./parse.ts";

const rows = [0, 1, 2].map((layer) => ({
  layer,
  accuracy: 0.5 + layer / 5,
  low: 0.4 + layer / 5,
  high: 0.6 + layer / 5,
  n: 40,
}));

Deno.test("a series has a point for each row, a ribbon where there are intervals, and its numbers under the pointer", () => {
  const { svg } = plot.accuracyByLayer(rows);
  assertEquals(texts(svg, "[aria-label=dot] title"), [
    "accuracy, 0: 0.500 (0.400 to 0.600), n 40",
    "accuracy, 1: 0.700 (0.600 to 0.800), n 40",
    "accuracy, 2: 0.900 (0.800 to 1), n 40",
  ]);
  assertEquals(select(svg, "[aria-label=area] path").length, 1);
  assertEquals(
    select(plot.accuracyByLayer([{ layer: 0, accuracy: 0.5 }]).svg, "[aria-label=area] path")
      .length,
    0,
  );
});

Deno.test("the vertical axis has the name that is given, or that of the column", () => {
  const named = rows.map(({ layer, accuracy }) => ({ layer, mean: accuracy }));
  const axisOf = (yName?: string) =>
    texts(
      plot.accuracyByLayer(named, { measure: "mean", yName }).svg,
      "[aria-label='y-axis label']",
    )
      .join();
  assert(axisOf("accuracy").includes("accuracy"));
  assert(axisOf().includes("mean"));
});

Deno.test("a polars frame draws as its rows do", () => {
  assertEquals(plot.accuracyByLayer(pl.DataFrame(rows)).svg, plot.accuracyByLayer(rows).svg);
});

Deno.test("a column `series` and tables by name are the same", () => {
  const long = ["a", "b"].flatMap((series) => rows.map((row) => ({ ...row, series })));
  assertEquals(plot.accuracyByLayer(long).svg, plot.accuracyByLayer({ a: rows, b: rows }).svg);
});

Deno.test("series are told apart by symbol too, and controls are dashed and grey", () => {
  const { svg } = plot.accuracyByLayer({ a: rows, b: rows }, { controls: { shuffled: rows } });
  const [control, first, second] = select(svg, "[aria-label=line]");
  assert(
    control.getAttribute("stroke-dasharray") &&
      control.getAttribute("stroke") === "var(--cb-control)",
  );
  assert(first.getAttribute("stroke") !== second.getAttribute("stroke"));
  const symbols = select(svg, "[aria-label=dot] path").map((path) => path.getAttribute("d"));
  assertEquals(new Set(symbols).size, 2);
  for (const name of ["a", "b", "shuffled"]) assert(texts(svg, "text").includes(name));
});

Deno.test("rows are joined in the order of x, and a missing value breaks the line", () => {
  const mixed = [{ scale: 20, share: 0.9 }, { scale: 0, share: 0.1 }, { scale: 10, share: null }];
  const { svg, label } = plot.lineByScale(mixed);
  assertEquals(select(svg, "[aria-label=line] path")[0].getAttribute("d")?.match(/M/g)?.length, 2);
  assert(label.includes("from 0.100 at scale 0 to 0.900 at scale 20"), label);
});

Deno.test("a missing column and an empty table are refused by name", () => {
  assertThrows(
    () => plot.accuracyByLayer([{ layr: 0, accuracy: 1 }]),
    CircuitbookError,
    'Expected a column "layer" but found layr, accuracy',
  );
  assertThrows(() => plot.lineByScale([]), CircuitbookError, "empty table");
  assertThrows(
    () => plot.lineByScale([{ scale: "5", share: 1 }]),
    CircuitbookError,
    'Expected a number in column "scale" but found "5"',
  );
});

Deno.test("series of one table can be its controls by name, and the axis can fit what is drawn", () => {
  const table = ["W[1]", "random", "W[0]"].flatMap((series, i) =>
    [0, 50].map((scale) => ({ series, scale, share: -scale * (i + 1) / 1000 }))
  );
  const named = plot.lineByScale(table, { controls: ["random"], domain: "fit" });
  const [W1, random, W0] = ["W[1]", "random", "W[0]"].map((name) =>
    table.filter(({ series }) => series === name)
  );
  const apart = plot.lineByScale({ "W[1]": W1, "W[0]": W0 }, {
    controls: { random },
    domain: [-0.15, 0],
  });
  assertEquals(named.svg, apart.svg);
  assertThrows(
    () => plot.lineByScale(table, { controls: ["rando"] }),
    CircuitbookError,
    "nearest: random",
  );
});

Deno.test("series with the same values are drawn apart, with intervals of their own", () => {
  const same = [1, 2].map((scale) => ({ scale, share: 0, low: 0, high: 0.2 }));
  const placesOf = (apart: boolean) => {
    const { svg } = plot.lineByScale({ a: same, b: same }, { controls: { random: same }, apart });
    const moves = select(svg, "[aria-label=dot]").map((dots) => dots.getAttribute("transform"));
    return { moves: new Set(moves).size, svg };
  };
  assertEquals(placesOf(false).moves, 1);
  const { moves, svg } = placesOf(true);
  assertEquals(moves, 3);
  assertEquals(select(svg, "[aria-label=rule] line").length, 6);
  assertEquals(select(svg, "[aria-label=area] path").length, 0);
});

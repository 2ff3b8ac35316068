import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot, Tensor } from "circuitbook";

const NOT_DATA = [undefined, null, 3, "rows"] as never[];

/** Functions that draw, as called with a value that is not data. */
const draws: Readonly<Record<string, (value: never) => unknown>> = {
  accuracyByLayer: (value) => plot.accuracyByLayer(value),
  attentionPattern: (value) => plot.attentionPattern(value, ["a"]),
  attentionViewer: (value) => plot.attentionViewer(value, ["a"]),
  barTable: (value) => plot.barTable(value),
  bars: (value) => plot.bars(value),
  compareTexts: (value) => plot.compareTexts(value),
  headMap: (value) => plot.headMap(value),
  histogram: (value) => plot.histogram(value),
  histograms: (value) => plot.histograms(value),
  layerGrid: (value) => plot.layerGrid(value),
  lensGrid: (value) => plot.lensGrid(value, ["a"]),
  lensViewer: (value) => plot.lensViewer(value, ["a"]),
  lineByScale: (value) => plot.lineByScale(value),
  lossCurve: (value) => plot.lossCurve(value),
  rankings: (value) => plot.rankings(value),
  scatter: (value) => plot.scatter(value, { x: "a", y: "b" }),
  table: (value) => plot.table(value),
  tensorHeatmap: (value) => plot.tensorHeatmap(value),
  tokenLists: (value) => plot.tokenLists(value, { by: [] }),
  tokenText: (value) => plot.tokenText(value),
};

for (const [name, draw] of Object.entries(draws)) {
  Deno.test(`${name} refuses values that are not data`, () => {
    for (const value of NOT_DATA) assertThrows(() => draw(value), CircuitbookError, "Expected");
  });
}

Deno.test("what is found in place of a table is named", () => {
  const refused = assertThrows(() => plot.headMap(undefined as never), CircuitbookError);
  assertEquals(
    refused.message,
    "Expected a table (a polars frame or a list of rows) but found nothing.",
  );
});

Deno.test("tokens that are not a list are refused", () => {
  const pattern = new Tensor(new Float32Array([1]), { query: 1, key: 1 });
  const rows = [{ layer: 0, position: 0, token: "a", probability: 1 }];
  const tokens = undefined as never;
  assertThrows(() => plot.attentionPattern(pattern, tokens), CircuitbookError, "list of tokens");
  assertThrows(() => plot.lensGrid(rows, tokens), CircuitbookError, "list of tokens");
  assertThrows(() => plot.lensViewer(rows, tokens), CircuitbookError, "list of tokens");
});

Deno.test("a histogram needs a positive number of bins", () => {
  for (const bins of [2.5, 0, -1, NaN, "30" as never]) {
    assertThrows(
      () => plot.histogram({ a: [1, 2] }, { bins }),
      CircuitbookError,
      `Expected "bins" of histogram to be a whole number of at least 1 but found`,
    );
  }
});

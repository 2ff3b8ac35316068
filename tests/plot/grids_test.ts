import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot, Tensor } from "circuitbook";
import { causalPattern, heads, lens, oddTensor } from "./examples.ts";
import { select, texts } from "./parse.ts";

const TOKENS = Array.from({ length: 20 }, (_, i) => ` t${i}`);

Deno.test("a small tensor has a cell for each value, with its place and value under the pointer", () => {
  const { svg } = plot.tensorHeatmap(
    new Tensor(new Float32Array([1, -2, 3, 4, 5, 6]), { position: 2, d_model: 3 }),
  );
  assertEquals(texts(svg, ".cb-cells title")[1], "position 0, d_model 1: −2");
  assertEquals(select(svg, ".cb-cells rect").length, 6);
  for (const axis of ["position", "d_model"]) assert(texts(svg, "text").includes(axis));
});

Deno.test("NaN and infinities are marked in their cells, named beside the colours and counted in the caption", () => {
  const { svg, captions } = plot.tensorHeatmap(oddTensor());
  const all = texts(svg, "text");
  assertEquals(["×", "∞", "−∞", "NaN"].map((mark) => all.filter((text) => text === mark).length), [
    1,
    2,
    2,
    1,
  ]);
  assert(captions.caption?.includes("1 NaN, 1 ∞, 1 −∞"));
});

Deno.test("a tensor of nothing but NaN is drawn", () => {
  const { captions } = plot.tensorHeatmap(
    new Tensor(new Float32Array(6).fill(NaN), { position: 2, d_model: 3 }),
  );
  assert(captions.caption?.includes("no finite value, 6 NaN"));
});

Deno.test("an empty tensor and one of a single value say so", () => {
  assert(
    texts(
      plot.tensorHeatmap(new Tensor(new Float32Array(0), { position: 0, d_model: 4 })).svg,
      "text",
    ).includes(
      "no values",
    ),
  );
  assert(
    texts(plot.tensorHeatmap(new Tensor(new Float32Array([2.5]), {})).svg, "text").includes(
      "2.500",
    ),
  );
});

Deno.test("more axes than two are the first slices, each under its place", () => {
  const tensor = new Tensor(new Float32Array(2 * 5 * 3 * 4), {
    batch: 2,
    head: 5,
    query: 3,
    key: 4,
  });
  const { svg, captions } = plot.tensorHeatmap(tensor);
  const headings = texts(svg, "text").filter((text) => text.startsWith("batch"));
  assertEquals(
    headings,
    [0, 1, 2, 3, 4].map((head) => `batch 0, head ${head}`).concat("batch 1, head 0"),
  );
  assert(captions.caption?.includes("the first 6 of 10 slices drawn"));
});

Deno.test("a large tensor is thinned, drawn as one picture, and says so", () => {
  const { svg, captions } = plot.tensorHeatmap(
    new Tensor(new Float32Array(10 * 3000), { position: 10, d_model: 3000 }),
  );
  assertEquals(select(svg, ".cb-cells rect").length, 0);
  assert(captions.caption?.includes("1 of every 12 along d_model drawn"));
  assert(svg.length < 30_000);
});

Deno.test("outliers do not wash out the rest: the colours saturate, and the ends of the scale say so", () => {
  const data = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  data[7] = 500;
  assert(
    texts(plot.tensorHeatmap(new Tensor(data, { position: 10, d_model: 100 })).svg, "text").some((
      text,
    ) => text.startsWith("≥ 1")),
  );
});

Deno.test("a causal pattern leaves the future blank; one that looks ahead does not", () => {
  assertEquals(
    select(plot.attentionPattern(causalPattern(20), TOKENS).svg, ".cb-cells rect").length,
    210,
  );
  const both = new Tensor(new Float32Array(400).fill(0.05), { query: 20, key: 20 });
  assertEquals(select(plot.attentionPattern(both, TOKENS).svg, ".cb-cells rect").length, 400);
});

Deno.test("a pattern of other axes, or with other tokens, is refused", () => {
  assertThrows(
    () => plot.attentionPattern(oddTensor(), TOKENS),
    CircuitbookError,
    "Expected a pattern [query, key]",
  );
  assertThrows(
    () => plot.attentionPattern(causalPattern(3), TOKENS),
    CircuitbookError,
    "Expected 3 tokens",
  );
});

Deno.test("a lens has a cell for each layer and position, with the most probable token in it and the others under the pointer", () => {
  const { svg } = plot.lensGrid(lens, TOKENS);
  assertEquals(select(svg, ".cb-cells rect").length, 8 * 9);
  assert(texts(svg, "title").every((title) => title.includes("·this 0.0200")));
  const rowLabels = texts(svg, "[aria-label='y-axis tick label'] text");
  assertEquals(rowLabels[0], "7", "layers go up");
});

Deno.test("a head map has a cell for each head, blue below zero and orange above, framed where the interval leaves out zero", () => {
  const { svg, label } = plot.headMap([
    { layer: 0, head: 0, effect: -2, low: -3, high: -1 },
    { layer: 0, head: 1, effect: 2, low: -1, high: 5 },
    { layer: 1, head: 1, effect: 0 },
  ]);
  const fills = select(svg, ".cb-cells rect").map((rect) => rect.getAttribute("fill"));
  assertEquals(fills, ["#e07b0000", "#2480d2", "#e07b00"], "layer 1 is above layer 0");
  assertEquals(
    select(svg, "[aria-label=cell] rect[stroke-width], [aria-label=cell][stroke-width] rect")
      .length,
    1,
  );
  assert(label.includes("layer 0 head 0: −2 (−3 to −1)"));
  assertEquals(select(plot.headMap(heads).svg, ".cb-cells rect").length, 48);
});

Deno.test("maps frame the cells that are strong beside all maps of their scale, not all that differ from zero", () => {
  const cell = (head: number, effect: number) => ({
    layer: 0,
    head,
    effect,
    low: effect - 0.01,
    high: effect + 0.01,
  });
  const framed = (figure: plot.Figure) =>
    select(
      figure.svg,
      "[aria-label=cell] rect[stroke-width], [aria-label=cell][stroke-width] rect",
    ).length;
  const strong = [cell(0, 1), cell(1, 0.26), cell(2, 0.24)];
  const weak = [cell(0, 0.2), cell(1, 0.1), cell(2, 0)];
  assertEquals(framed(plot.headMap(strong)), 2);
  assertEquals(framed(plot.headMap(weak)), 2);
  assertEquals(framed(plot.headMap({ strong, weak })), 2, "one scale");
  assertEquals(framed(plot.headMap({ strong, weak }, { scales: "own" })), 4);
  assertEquals(framed(plot.layerGrid(strong, { column: "head" })), 2);
});

Deno.test("a head map without values below zero has shades from zero up", () => {
  const { svg } = plot.headMap([{ layer: 0, head: 0, effect: 0 }, {
    layer: 0,
    head: 1,
    effect: 0.5,
  }]);
  const fills = select(svg, ".cb-cells rect").map((rect) => rect.getAttribute("fill"));
  assertEquals(fills, ["#2480d200", "#2480d2"]);
});

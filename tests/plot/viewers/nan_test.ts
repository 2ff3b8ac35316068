import { assert, assertEquals } from "@std/assert";
import { plot, Tensor } from "circuitbook";
import { Page } from "./page.ts";

const TOP = [
  { layer: 0, position: 0, token: "a", probability: 0.5 },
  { layer: 0, position: 0, token: "b", probability: NaN },
  { layer: 1, position: 0, token: "a", probability: 1 },
];

Deno.test("the lens viewer shows NaN as NaN, first in its cell", () => {
  const selected = { layer: 0, position: 0 };
  const viewer = plot.lensViewer(TOP, ["x"], { selected });
  assert(viewer.text.includes("layer 0 after x says b (NaN)"), viewer.text);
  const page = new Page(viewer);
  assertEquals(page.texts("td"), ["a", "b"]);
  assertEquals(page.texts(".cb-listed button"), ["bNaN", "a0.500"]);
  assertEquals(page.all("td").map((cell) => cell.classList.contains("cb-nan")), [false, true]);
  assert(page.texts(".cb-bar-line")[0].includes("magenta: NaN"));
});

Deno.test("a probability of 1 is still 1, and NaN of an asked token is NaN", () => {
  const asked = [0, 1].map((layer) => ({ ...TOP[0], layer, probability: layer ? 1 : NaN }));
  const page = new Page(plot.lensViewer(TOP, ["x"], { asked }));
  assertEquals(page.texts(".cb-panel button"), ["a1", "a1"]);
  page.does(page.all("td")[1], "mouseover");
  assertEquals(page.texts(".cb-panel button").at(-1), "aNaN");
});

Deno.test("the attention viewer shows rows with NaN as NaN, and counts them", () => {
  const data = new Float32Array([1, 0, NaN, NaN, 1, 0, 0.5, 0.5]);
  const patterns = new Tensor(data, { layer: 1, head: 2, query: 2, key: 2 });
  const viewer = plot.attentionViewer(patterns, ["x", "y"]);
  assert(viewer.text.includes("NaN in 1 of 4 rows"), viewer.text);
  const page = new Page(viewer);
  assert(page.texts(".cb-most")[0].startsWith("y (1) has attention NaN"));
  assertEquals(page.all(".cb-piece").map(({ title }) => title), [
    "x (0) gets NaN",
    "y (1) gets NaN",
  ]);
  assert(page.texts(".cb-note").some((note) => note.includes("Magenta: rows that hold NaN.")));
  page.does(page.all(".cb-head")[1], "click");
  assert(page.texts(".cb-most")[0].startsWith("y (1) looks at"));
});

Deno.test("patterns of NaN alone are shown as NaN", () => {
  const sizes = { layer: 2, head: 2, query: 3, key: 3 };
  const viewer = plot.attentionViewer(new Tensor(new Float32Array(36).fill(NaN), sizes), [
    "x",
    "y",
    "z",
  ]);
  assert(viewer.text.includes("NaN in 12 of 12 rows"), viewer.text);
});

Deno.test("patterns without NaN say nothing about it", () => {
  const patterns = new Tensor(new Float32Array([1]), { layer: 1, head: 1, query: 1, key: 1 });
  const viewer = plot.attentionViewer(patterns, ["x"]);
  assert(!viewer.text.includes("NaN") && !viewer.html.includes("rows that hold"));
});

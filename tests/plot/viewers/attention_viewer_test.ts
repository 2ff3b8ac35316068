import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, plot, Tensor } from "circuitbook";
import { withStills } from "../../../lib/notebook/kernel/pictures.ts";
import { Page } from "./page.ts";
import { causalPatterns, words } from "./patterns.ts";

const TOKENS = words(12);
const PATTERNS = causalPatterns({ layers: 3, heads: 4, keys: 12 });
const SCORES = Array.from({ length: 12 }, (_, i) => ({
  layer: Math.floor(i / 4),
  head: i % 4,
  induction: i === 6 ? 0.9 : i / 100,
  previous: i === 5 ? null : -i,
  kind: i === 9 ? "verification" : "",
}));

const shownHeads = (page: Page) => page.texts(".cb-head span").map((text) => text.split("\n")[0]);

function set(page: Page, label: string, value: string): void {
  const control = page.all("label").find((element) => element.textContent?.startsWith(label))!
    .querySelector<HTMLInputElement | HTMLSelectElement>("input, select")!;
  const isList = control.tagName === "SELECT";
  if (!isList) control.value = value;
  for (const option of control.querySelectorAll("option")) {
    option.toggleAttribute("selected", option.value === value);
  }
  page.does(control, isList ? "change" : "input");
}

Deno.test("the attention viewer has a thumbnail for each head and begins with the one of the highest first score", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS, { scores: SCORES }));
  assertEquals(shownHeads(page).length, 12);
  assertEquals(page.texts(".cb-place"), ["L1H2 induction 0.900, previous −6"]);
  assertEquals(page.all(".cb-head")[6].getAttribute("aria-selected"), "true");
  assertEquals(
    page.all(".cb-head")[9].getAttribute("aria-label"),
    "L2H1: induction 0.0900, previous −9, verification",
  );
  assertEquals(page.reached(".cb-head"), [6]);
});

Deno.test("thumbnails are filtered by layer, by name, by words and by score, and sorted with missing scores last", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS, { scores: SCORES }));
  set(page, "layer", "1");
  assertEquals(shownHeads(page), ["L1H0", "L1H1", "L1H2", "L1H3"]);
  set(page, "order by", "highest first");
  assertEquals(shownHeads(page), ["L1H2", "L1H3", "L1H1", "L1H0"]);
  set(page, "score", "previous");
  assertEquals(shownHeads(page), ["L1H0", "L1H2", "L1H3", "L1H1"], "L1H1 has no such score");
  set(page, "at least", "-6.5");
  assertEquals(shownHeads(page), ["L1H0", "L1H2"]);
  assertEquals(page.texts("[role=status]"), ["2 of 12 heads"]);
  set(page, "at least", "");
  set(page, "layer", "all");
  set(page, "find", "VERIF");
  assertEquals(shownHeads(page), ["L2H1"]);
  set(page, "find", "2.3");
  assertEquals(shownHeads(page), ["L2H3"]);
});

Deno.test("thumbnails begin in the order of a score, and its highest head is the large one", () => {
  const chosen = plot.attentionViewer(PATTERNS, TOKENS, { scores: SCORES, orderBy: "previous" });
  const page = new Page(chosen);
  const others = SCORES.filter(({ previous }) => previous !== null).sort((a, b) =>
    b.previous! - a.previous!
  );
  const order = [...others, SCORES[5]].map(({ layer, head }) => `L${layer}H${head}`);
  assertEquals(shownHeads(page), order, "missing scores last");
  assertEquals(page.texts(".cb-place"), ["L0H0 induction 0, previous 0"]);
  assertEquals(page.reached(".cb-head"), [0]);
  assert(chosen.text.includes("highest previous: L0H0 (0)"), chosen.text);
  set(page, "order by", "layer");
  assertEquals(shownHeads(page)[5], "L1H1");
});

Deno.test("the row of a chosen query is shown first", () => {
  const query = (page: Page) => page.texts(".cb-most b")[0].match(/\((\d+)\)/)![1];
  assertEquals(query(new Page(plot.attentionViewer(PATTERNS, TOKENS, { selected: 4 }))), "4");
  assertEquals(query(new Page(plot.attentionViewer(PATTERNS, TOKENS, { selected: -2 }))), "10");
  const some = PATTERNS.slice({ query: [3, 9] });
  const page = new Page(plot.attentionViewer(some, TOKENS, { queries: [3, 9], selected: 3 }));
  assertEquals(query(page), "3");
  assertEquals(page.reached(".cb-piece"), [3]);
  const row = [...PATTERNS.slice({ layer: 0, head: 0, query: 3 }).data];
  page.all(".cb-piece").forEach((piece, key) =>
    assertEquals(piece.style.backgroundColor !== "", row[key] >= 0.002, `${key}`)
  );
});

Deno.test("Enter shows a head large; arrow keys move among the thumbnails that are shown", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS));
  page.does(page.all(".cb-head")[2], "keydown", "ArrowRight");
  assertEquals(page.reached(".cb-head"), [3]);
  page.does(page.all(".cb-head")[3], "keydown", "Enter");
  assertEquals(page.texts(".cb-place"), ["L0H3"]);
});

Deno.test("a query under the pointer shades the text by its row, and the strongest keys are told", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS));
  const row = [...PATTERNS.slice({ layer: 0, head: 0, query: 8 }).data];
  page.does(page.all(".cb-piece")[8], "mouseover");
  page.all(".cb-piece").forEach((piece, key) =>
    assertEquals(piece.style.backgroundColor !== "", row[key] >= 0.002, `${key}`)
  );
  const told = page.texts(".cb-most li").map((text) =>
    text.match(/\((\d+)\) ([\d.]+)$/)!.slice(1).map(Number)
  );
  const strongest = row.map((value, key) => ({ key, value })).sort((a, b) => b.value - a.value)
    .slice(0, 3);
  assertEquals(told.slice(0, 3).map(([key]) => key), strongest.map(({ key }) => key));
  told.forEach(([key, value]) =>
    assert(Math.abs(value - row[key]) < 0.02, `${value} for ${row[key]}`)
  );
});

Deno.test("a click keeps a query; Escape lets it follow the pointer again; arrow keys walk through the queries", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS));
  const pieces = page.all(".cb-piece");
  const query = () => page.texts(".cb-most b")[0].match(/\((\d+)\)/)![1];
  assertEquals(query(), "11", "it begins with the last one");
  page.does(pieces[4], "click");
  page.does(pieces[7], "mouseover");
  assertEquals(query(), "4");
  page.does(pieces[4], "keydown", "ArrowRight");
  assertEquals(query(), "5");
  page.does(pieces[5], "keydown", "Escape");
  page.does(pieces[7], "mouseover");
  assertEquals(query(), "7");
  assertEquals(page.reached(".cb-piece"), [7]);
});

Deno.test("fewer queries than keys are the last ones, or those listed", () => {
  const last = PATTERNS.slice({ query: { from: 10 } });
  const queries = (page: Page) =>
    page.all(".cb-piece[role=option]").map((piece) => page.all(".cb-piece").indexOf(piece));
  assertEquals(queries(new Page(plot.attentionViewer(last, TOKENS))), [10, 11]);
  const some = PATTERNS.slice({ query: [3, 9], layer: [2] });
  const page = new Page(plot.attentionViewer(some, TOKENS, { queries: [3, 9], layers: [2] }));
  assertEquals(queries(page), [3, 9]);
  assertEquals(page.texts(".cb-place"), ["L2H0"]);
});

Deno.test("patterns, tokens, queries and layers that do not fit are refused", () => {
  const wrong = (change: () => unknown, message: string) =>
    assertThrows(change, CircuitbookError, message);
  wrong(
    () => plot.attentionViewer(PATTERNS.slice({ layer: 0 }), TOKENS),
    "Expected patterns [layer, head, query, key]",
  );
  wrong(
    () => plot.attentionViewer(PATTERNS, TOKENS.slice(1)),
    "Expected 12 tokens, one per key, but found 11",
  );
  wrong(() => plot.attentionViewer(PATTERNS, TOKENS, { queries: [1] }), "Expected 12 queries");
  wrong(() => plot.attentionViewer(PATTERNS, TOKENS, { layers: [1] }), "Expected 3 layers");
  wrong(
    () => plot.attentionViewer(PATTERNS.slice({ query: [0] }), TOKENS, { queries: [12] }),
    "positions 0 to 11",
  );
  wrong(
    () => plot.attentionViewer(PATTERNS, TOKENS, { scores: [{ layer: 0 }] }),
    'a column "head"',
  );
  wrong(
    () => plot.attentionViewer(PATTERNS, TOKENS, { selected: 12 }),
    "selected position from 0 to 11",
  );
  const some = PATTERNS.slice({ query: [3, 9] });
  wrong(
    () => plot.attentionViewer(some, TOKENS, { queries: [3, 9], selected: 4 }),
    "one of the queries 3, 9 but found 4",
  );
  wrong(() => plot.attentionViewer(PATTERNS, TOKENS, { orderBy: "previous" }), "(none) but found");
  wrong(
    () => plot.attentionViewer(PATTERNS, TOKENS, { scores: SCORES, orderBy: "kind" }),
    "(induction, previous)",
  );
  wrong(
    () => plot.attentionViewer(PATTERNS, TOKENS, { score: [] } as plot.AttentionViewerOptions),
    'nearest: "scores"',
  );
});

Deno.test("a pattern that looks ahead is drawn too", () => {
  const both = new Tensor(new Float32Array(9).fill(1 / 3), { layer: 1, head: 1, query: 3, key: 3 });
  const page = new Page(plot.attentionViewer(both, TOKENS.slice(0, 3)));
  page.does(page.all(".cb-piece")[0], "mouseover");
  assertEquals(page.texts(".cb-most li").length, 3);
});

Deno.test("the viewer opens at a head that is asked for", () => {
  const options = { scores: SCORES, head: [2, 1] } as const;
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS, options));
  assertEquals(page.texts(".cb-place"), ["L2H1 induction 0.0900, previous −9, verification"]);
  for (const head of [[3, 0], [0, 4], [0, 0.5]] as const) {
    assertThrows(
      () => plot.attentionViewer(PATTERNS, TOKENS, { head }),
      CircuitbookError,
      "head",
    );
  }
});

Deno.test("without scripts the head that is shown first is a figure, and goes when the viewer opens", async () => {
  const drawing = plot.attentionViewer(PATTERNS, TOKENS, { head: [1, 3] });
  const still = drawing.stills[0]() as plot.Figure;
  assertEquals(
    still.svg,
    plot.attentionPattern(PATTERNS.slice({ layer: 1, head: 3 }), TOKENS).svg,
  );
  const shown = withStills(drawing) as plot.Drawing;
  const bundle = await shown[plot.jupyterDisplay]();
  const html = String(bundle["text/html"]);
  assert(html.includes(`src="data:image/png;base64,${bundle["image/png"]}"`));
  assert(html.includes("<b>L1H3</b>"));
  const page = new Page(new plot.Drawing(html, ""));
  assertEquals(page.all("img, .cb-fallback").length, 0);
});

Deno.test("thumbnails wrap by their container, at most whole layers side by side", () => {
  const page = new Page(plot.attentionViewer(PATTERNS, TOKENS));
  const [list] = page.all(".cb-heads");
  assertEquals(list.style.gridTemplateColumns, "repeat(auto-fill,54px)");
  assertEquals(list.style.maxWidth, `${57 * 16 + 14}px`);
});

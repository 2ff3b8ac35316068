import { assert, assertEquals } from "@std/assert";
import { notebook, plot, tables } from "circuitbook";
import pl from "nodejs-polars";
import { select, texts } from "./parse.ts";

Deno.test("numbers of a column are rounded alike and aligned right; the data that travels along is whole", () => {
  const table = plot.table(pl.DataFrame({ p: [0.123456, 0.5, -0.00002], n: [1, 20000, 3] }));
  assertEquals(texts(table.html, "td"), ["0.123", "1", "0.500", "20,000", "−2.00e−5", "3"]);
  assertEquals(select(table.html, "td.cb-number").length, 6);
  const resource = table[plot.jupyterDisplay]()["application/vnd.dataresource+json"] as {
    data: unknown[];
  };
  assertEquals(resource.data[0], { p: 0.123456, n: 1 });
});

Deno.test("tokens show their spaces, empty cells are empty, lists and formats are written out", () => {
  const rows = [{ token: " (", nearest: [" wrong", "\n"], share: 0.25, ok: true, none: null }];
  const { html } = plot.table(rows, {
    formats: { nearest: "token", share: "percent", ok: (value) => value ? "✓" : "✗" },
  });
  assertEquals(texts(html, "td"), ["·(", "·wrong, ↵", "25 %", "✓", ""]);
  const dates = plot.table([{ when: new Date("2026-01-05T09:00:00Z"), then: new Date(NaN) }]);
  assertEquals(texts(dates.html, "td"), ["2026-01-05T09:00:00.000Z", "no date"]);
});

Deno.test("a long table is cut and says how much is missing", () => {
  const table = plot.table(Array.from({ length: 60 }, (_, i) => ({ i })), { most: 10 });
  assertEquals(texts(table.html, "td").length, 10);
  assert(table.html.includes("50 more rows"));
});

Deno.test("every number has three significant digits, and decimal points stand below each other", () => {
  const sevenths = [0, 1, 2, 7, 70, 1000].map((i) => ({ x: i / 7 }));
  const { html } = plot.table(sevenths);
  const [, ...cells] = texts(html, "td");
  assertEquals(cells.map((cell) => cell.replaceAll(/\s/g, "")), [
    "0.143",
    "0.286",
    "1.00",
    "10.0",
    "143",
  ]);
  assertEquals(cells.map((cell) => cell.length - cell.search(/[.\u2008]/)), [4, 4, 4, 4, 4]);
});

Deno.test("a long frame stores the rows that it shows, in pages, and says its shape and types", () => {
  const frame = tables.tableOf(
    Array.from({ length: 100_000 }, (_, i) => ({ layer: i % 8, x: i / 7, token: `t${i}` })),
  );
  const drawn = notebook.cellValue(frame) as plot.Drawing;
  assertEquals(texts(drawn.html, "th div"), ["i64", "f64", "str"]);
  assert(drawn.html.includes("100,000 rows × 3 columns"));
  assertEquals(select(drawn.html, "tbody").length, 10);
  assertEquals(select(drawn.html, "tbody:nth-of-type(2) tr").length, 25);
  assertEquals(select(drawn.html, "input[checked]").length, 1);
  assert(JSON.stringify(drawn[plot.jupyterDisplay]()).length < 80_000);
});

Deno.test("the text of a table has columns below each other, with the element types and the shape of a frame", () => {
  const frame = pl.DataFrame({ token: [" a", " bb"], share: [1 / 3, -20], n: [7, 1000] });
  assertEquals((notebook.cellValue(frame) as plot.Drawing).text.split("\n"), [
    "token  share      n",
    "str      f64    f64",
    "·a     0.333      7",
    "·bb    −20.0  1,000",
    "2 rows × 3 columns",
  ]);
});

Deno.test("a series is shown as a table, and a frame without rows by its columns", () => {
  const frame = pl.DataFrame({ token: [" a"], share: [1 / 3] });
  const series = notebook.cellValue(frame.getColumn("share")) as plot.Drawing;
  assertEquals(texts(series.html, "td"), ["0.333"]);
  const empty = notebook.cellValue(frame.filter(pl.col("share").gt(1))) as plot.Drawing;
  assertEquals(texts(empty.html, "th div"), ["str", "f64"]);
  assert(empty.text.endsWith("0 rows × 2 columns"));
});

Deno.test("a table of fifty rows is one page without buttons", () => {
  const { html } = plot.table(Array.from({ length: 50 }, (_, i) => ({ i })));
  assertEquals([select(html, "tbody").length, select(html, "input").length], [1, 0]);
});

Deno.test("bars start at zero: negative ones to the left, positive ones to the right, in one scale", () => {
  const { html } = plot.barTable({ a: [{ token: "x", score: 3 }], b: [{ token: "y", score: -1 }] });
  const styles = select(html, ".cb-bar i").map((bar) => bar.getAttribute("style"));
  assertEquals(styles.map((style) => style?.match(/left:([\d.]+)%;width:([\d.]+)%/)?.slice(1)), [[
    "25.0",
    "75.0",
  ], [
    "0.0",
    "25.0",
  ]]);
});

Deno.test("lists of tokens stand behind their group, in the table's order, with a translation where there is one", () => {
  const rows = [
    { layer: 6, token: " bad", english: "" },
    { layer: 7, token: "<b>", english: null },
    { layer: 6, token: "失败", english: "failure" },
  ];
  const lists = plot.tokenLists(pl.DataFrame(rows), { by: ["layer"], gloss: "english" });
  assertEquals(texts(lists.html, "td"), ["6", "·bad, 失败 (failure)", "7", "<b>"]);
  assertEquals(lists.text, "layer 6: ·bad, 失败 (failure)\nlayer 7: <b>");
});

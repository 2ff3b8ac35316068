import { assert, assertEquals } from "@std/assert";
import { plot } from "circuitbook";
import { examples } from "./examples.ts";
import { select } from "./parse.ts";

const figures = Object.values(examples).filter((drawing) => drawing instanceof plot.Figure);

Deno.test("a figure draws itself as HTML with its SVG inside, and as a line of text", () => {
  for (const figure of figures) {
    const bundle = figure[plot.jupyterDisplay]();
    assert(String(bundle["text/html"]).includes(figure.svg));
    assertEquals(String(bundle["text/plain"]).split("\n").length, 1);
    assert(String(bundle["text/plain"]).includes(figure.label));
  }
});

Deno.test("a figure is labelled for screen readers", () => {
  for (const figure of figures) {
    const [root] = select(figure.svg, "svg");
    assertEquals(root.getAttribute("role"), "img");
    assertEquals(root.getAttribute("aria-label"), figure.label);
  }
});

Deno.test("figures are self-contained: one script without an address, no address but data, no id that could clash", () => {
  const scripts = Object.values(examples).flatMap(({ html }) => select(html, "script"));
  assertEquals(new Set(scripts.map(({ textContent }) => textContent)).size, 1);
  for (const { html } of Object.values(examples)) {
    assertEquals(select(html, "script[src], link, iframe, [id]").length, 0);
    for (const element of select(html, "[href], [src]")) {
      assert(
        element.getAttribute("href")?.startsWith("data:image/png;base64,"),
        element.outerHTML.slice(0, 80),
      );
    }
  }
});

Deno.test("figures are readable on light and dark: text in the page's colour, no background, colours for both", () => {
  for (const { svg } of figures) {
    const [root] = select(svg, "svg");
    assertEquals(root.getAttribute("fill"), "currentColor");
    const style = select(svg, "style")[0].textContent ?? "";
    assert(
      style.includes("prefers-color-scheme:dark") &&
        style.includes('[data-jp-theme-light="false"]'),
    );
  }
});

Deno.test("rules for tables weigh more than those of JupyterLab, by a second class", () => {
  const [style] = select(plot.table([{ token: " not", score: 1 }]).html, "style");
  const selectors = [
    ...(style.textContent ?? "").matchAll(/[^{},]*\b(?:t[dhr]|table)\b[^{},]*(?=[{,])/g),
  ];
  assert(selectors.length > 3);
  for (const [selector] of selectors) assert(selector.startsWith("figure.cb.cb "), selector);
});

Deno.test("figures of ordinary size stay under 300 KB", () => {
  for (const [name, { html }] of Object.entries(examples)) {
    assert(html.length < 300_000, `${name}: ${html.length}`);
  }
});

Deno.test("captions and names from outside are text, never markup", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
  const rows = [{
    layer: 0,
    head: 0,
    position: 0,
    accuracy: 0.5,
    effect: 1,
    token: evil,
    score: 1,
    probability: 0.5,
    [evil]: evil,
  }];
  const drawings = [
    plot.accuracyByLayer({ [evil]: rows, other: rows }, { title: evil, caption: evil }),
    plot.headMap(rows, { name: evil }),
    plot.lensGrid(rows, [evil], { title: evil }),
    plot.histogram({ [evil]: [1, 2] }, { name: evil }),
    plot.table(rows, { caption: evil }),
    plot.barTable({ [evil]: rows }, { gloss: evil }),
    plot.tokenText([{ text: evil, note: evil, marked: true }], {
      markedName: evil,
      valueName: evil,
    }),
    plot.compareTexts({ [evil]: [{ text: evil, value: 1 }] }, { valueName: evil }),
  ];
  for (const { html } of drawings) {
    assertEquals(select(html, "img, [onerror]").length, 0);
    assert(!select(html, "script").some(({ textContent }) => textContent?.includes("alert(1)")));
    assert(html.includes("alert(1)"), "the text itself is shown");
    assert(
      !html.includes("<script>alert") || /aria-label="[^"]*<script>alert/.test(html),
      "only an attribute may hold it raw",
    );
  }
});

import { assert, assertEquals } from "@std/assert";
import { plot } from "circuitbook";
import { select, texts } from "./parse.ts";

Deno.test("the text is whole, whatever is marked in it", () => {
  const pieces = ["= ", "62", " (", "not", "\n", "<b>", "&amp;"];
  const { html } = plot.tokenText(
    pieces.map((text, i) => ({ text, marked: i % 2 === 0, value: i === 3 ? -1 : undefined })),
  );
  assertEquals(texts(html, ".cb-text").at(-1), pieces.join(""));
  assertEquals(select(html, ".cb-text:not(.cb-key) .cb-marked").length, 4);
});

Deno.test("a text with nothing to show has no legend", () => {
  assertEquals(select(plot.tokenText([{ text: "plain" }]).html, ".cb-key, svg").length, 0);
});

Deno.test("texts side by side share one scale of colours", () => {
  const { html } = plot.compareTexts({
    before: [{ text: "a", value: 1 }],
    after: [{ text: "b", value: 4 }, { text: "c", value: -4 }],
  });
  assertEquals(texts(html, ".cb-columns .cb-title"), ["before", "after"]);
  assertEquals(select(html, "svg[role=img]").length, 1);
  const [a, b] = select(html, ".cb-columns span").map((span) => span.getAttribute("style"));
  assert(a !== b);
});

Deno.test("invisible characters of tokens are shown", () => {
  assertEquals(["", " a", "\t", "\u200b", "\u00a0", "é"].map(plot.visibleToken), [
    "∅",
    "·a",
    "⇥",
    "\\u{200b}",
    "\\u{a0}",
    "é",
  ]);
});

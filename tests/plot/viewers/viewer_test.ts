import { assert, assertEquals } from "@std/assert";
import { plot, Tensor } from "circuitbook";
import { parseHTML } from "linkedom";
import { dataOf, Page } from "./page.ts";

const EVIL = [
  "</script><script>alert(1)</script>",
  "<!--<script>",
  "\"'`\\",
  "\u2028\n",
  "\ud800",
  "&lt;",
  "",
];

function viewers(tokens: readonly string[]): plot.Drawing[] {
  const rows = tokens.map((token, position) => ({ layer: 0, position, token, probability: 0.5 }));
  const sizes = { layer: 1, head: 1, query: 1, key: tokens.length };
  const patterns = new Tensor(new Float32Array(tokens.length).fill(1 / tokens.length), sizes);
  const scores = [{ layer: 0, head: 0, [tokens[0]]: 1, kind: tokens[0] }];
  const captions = { title: tokens[0], caption: tokens[1] };
  return [
    plot.lensViewer(rows, tokens, captions),
    plot.attentionViewer(patterns, tokens, { scores, ...captions }),
  ];
}

Deno.test("tokens are text in a viewer, whatever they say", () => {
  for (const drawing of viewers(EVIL)) {
    const { document } = parseHTML(`<html><body>${drawing.html}</body></html>`);
    assertEquals(document.querySelectorAll("script").length, 2);
    const { text, names } = dataOf<{ text?: string[]; names?: string[] }>(drawing);
    assertEquals(text ?? names, EVIL.map(plot.visibleToken));
    assert(new Page(drawing).texts("td, .cb-piece").includes("&lt;"));
  }
});

Deno.test("a viewer is self-contained: nothing fetched, no id, no name left behind", () => {
  for (const drawing of viewers(["a", "b"])) {
    const { document } = parseHTML(`<html><body>${drawing.html}</body></html>`);
    assertEquals(document.querySelectorAll("[id], [src], [href], link, iframe").length, 0);
    const [, script] = document.querySelectorAll("script");
    assert(!/\b(fetch|import|require|globalThis|window)\b\s*[.(]/.test(script.textContent ?? ""));
    const names = Object.keys(globalThis);
    new Page(drawing);
    assertEquals(Object.keys(globalThis), names);
  }
});

Deno.test("where no script runs, a viewer is a sentence; as plain text too", () => {
  for (const drawing of viewers(["a", "b"])) {
    const { document } = parseHTML(`<html><body>${drawing.html}</body></html>`);
    const root = document.querySelector(".cb-viewer")!;
    const sentence = root.querySelector(".cb-fallback")!.textContent ?? "";
    assert(
      sentence.includes(root.getAttribute("aria-label")!) && sentence.includes("Trust Notebook"),
    );
    assert(
      drawing.text.startsWith("Viewer: ") &&
        drawing.text.includes(root.getAttribute("aria-label")!),
    );
    assertEquals(drawing.text.split("\n").length, 1);
  }
});

Deno.test("keys pressed in a viewer do not reach the notebook around it", () => {
  for (const drawing of viewers(["a", "b"])) {
    const page = new Page(drawing);
    let heard = 0;
    page.root.parentElement!.addEventListener("keydown", () => heard++);
    page.does(page.all("[tabindex='0']")[0], "keydown", "b");
    assertEquals(heard, 0);
    assertEquals(page.root.dataset.lmSuppressShortcuts, "true");
  }
});

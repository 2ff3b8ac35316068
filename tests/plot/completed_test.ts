import { assert, assertEquals } from "@std/assert";
import { plot, Tensor } from "circuitbook";
import { completedCharacters } from "../../lib/plot/parts/completed.ts";

// 没 is E6 B2 A1 in UTF-8, 🎉 is F0 9F 8E 89, é is C3 A9.
const PIECES = ["(", "<0xE6>", "<0xB2>", "<0xA1>", "错"];

Deno.test("a character in several tokens is shown at its last part, the parts before it as bytes", () => {
  assertEquals(completedCharacters(PIECES), ["(", "<0xE6>", "<0xB2>", "没", "错"]);
  assertEquals(completedCharacters([" <0xF0><0x9F>", "<0x8E><0x89>", "!"]), [
    " <0xF0><0x9F>",
    "🎉",
    "!",
  ]);
  assertEquals(completedCharacters(["caf<0xC3>", "<0xA9>s <0xE6>"]), ["caf<0xC3>", "és <0xE6>"]);
});

Deno.test("bytes that make up no character stay as they are", () => {
  const broken = ["<0xE6>", "a", "<0xB2>", "<0xA1>", "<0xE6>", "<0xE6>", "<0xB2>"];
  assertEquals(completedCharacters(broken), broken);
  assertEquals(completedCharacters([]), []);
});

Deno.test("texts, grids and attention patterns label tokens so", () => {
  const { text } = plot.tokenText(PIECES.map((text) => ({ text })));
  assertEquals(text, "(<0xE6><0xB2>没错");
  const rows = PIECES.map((_, position) => ({ layer: 0, position, token: "x", probability: 1 }));
  assert(plot.lensGrid(rows, PIECES).svg.includes("没"));
  const pattern = new Tensor(new Float32Array(25).fill(0.2), { query: 5, key: 5 });
  assert(plot.attentionPattern(pattern, PIECES).svg.includes("没"));
  const cells = PIECES.map((_, position) => ({ layer: 0, position, effect: position }));
  assert(plot.layerGrid(cells, { columnLabels: PIECES }).svg.includes("没"));
});

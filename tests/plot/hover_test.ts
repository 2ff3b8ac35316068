import { assert, assertEquals } from "@std/assert";
import { plot, Tensor } from "circuitbook";
import { cellWords, tonesOf } from "../../lib/plot/parts/browser/figure_tools.ts";
import { pngUrl } from "../../lib/plot/parts/png.ts";
import { select } from "./parse.ts";

/** The map of a figure that is an image, and what its cells say under the pointer. */
function wordsOf(figure: plot.Figure): (row: number, column: number) => string {
  const map = select(figure.svg, "image[data-rows]")[0] as unknown as Element;
  const [rows, columns] = ["data-rows", "data-columns"].map((name) =>
    Number(map.getAttribute(name))
  );
  return cellWords(map, rows, columns);
}

Deno.test("the page reads the colours of a picture of any size from its data", () => {
  // 300 by 400 pixels are more than one block of data holds.
  const tones = Uint8Array.from({ length: 120_000 }, (_, i) => (i * 7 + (i >> 8)) % 251);
  const palette = Array.from({ length: 251 }, (_, i) => [i, 0, 0, 255] as const);
  assertEquals(tonesOf(pngUrl(tones, 400, 300, palette), 300, 400), tones);
});

Deno.test("a tensor of any size says its values under the pointer, within a 250th of the scale", () => {
  const data = Float32Array.from({ length: 100 * 200 }, (_, i) => Math.sin(i));
  data[203] = NaN;
  const words = wordsOf(plot.tensorHeatmap(new Tensor(data, { position: 100, d_model: 200 })));
  assertEquals(words(1, 3), "position 1, d_model 3: NaN");
  for (const [row, column] of [[0, 0], [5, 199], [99, 42]]) {
    const [, where, value] = /^(.*): ≈ (.*)$/.exec(words(row, column))!;
    assertEquals(where, `position ${row}, d_model ${column}`);
    const found = Number(value.replace("−", "-"));
    assert(Math.abs(found - data[row * 200 + column]) < 2 / 250, `${found}`);
  }
});

Deno.test("a long attention pattern says its tokens, and nothing of the future", () => {
  const size = 50;
  const data = Float32Array.from(
    { length: size * size },
    (_, i) => i % size <= Math.floor(i / size) ? 1 / (1 + Math.floor(i / size)) : 0,
  );
  const tokens = Array.from({ length: size }, (_, i) => ` t${i}`);
  const pattern = new Tensor(data, { query: size, key: size });
  const words = wordsOf(plot.attentionPattern(pattern, tokens));
  assertEquals(words(1, 0), "·t1 (1), looks at ·t0 (0): ≈ 0.5");
  assertEquals(words(0, 1), "");
});

Deno.test("a map of many heads says each head with its interval and frames those that exclude zero", () => {
  const rows = Array.from({ length: 40 * 40 }, (_, i) => ({
    layer: Math.floor(i / 40),
    head: i % 40,
    effect: i === 41 ? -2 : 0.5,
    low: i === 41 ? -3 : -1,
    high: i === 41 ? -1 : 1,
  }));
  const figure = plot.headMap(rows);
  assertEquals(wordsOf(figure)(38, 1), "layer 1 head 1: −2 (−3 to −1)");
  assertEquals(select(figure.svg, 'g[stroke-width="1.3"] rect').length, 1);
});

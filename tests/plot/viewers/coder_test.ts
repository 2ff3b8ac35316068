import { assert, assertEquals } from "@std/assert";
import { plot, seededRandom, Tensor } from "circuitbook";
import { fitPatterns } from "../../../lib/plot/viewers/attention_fit.ts";
import { bitWriter } from "../../../lib/plot/viewers/bit_writer.ts";
import { bitReader, codePattern, levelValues } from "../../../lib/plot/viewers/browser/coder.ts";
import { causalPatterns, words } from "./patterns.ts";

/** Every value that the page would read, in the order of the tensor. */
function read(
  patterns: Tensor,
  budget: number,
): { values: number[]; threshold: number; within: number; size: number } {
  const [, heads, queries, keys] = patterns.shape;
  const positions = Array.from({ length: queries }, (_, i) => keys - queries + i);
  const { layers, shape, threshold, within } = fitPatterns(patterns, positions, budget);
  const values = layers.flatMap((bytes) => {
    const code = bitReader(bytes);
    return Array.from({ length: heads }, () => {
      const levels = new Uint8Array(queries * keys);
      codePattern(code, levels, shape);
      return Array.from(levels, (level) => shape.values[level]);
    }).flat();
  });
  return { values, threshold, within, size: layers.reduce((sum, { length }) => sum + length, 0) };
}

function assertClose(
  patterns: Tensor,
  { values, threshold, within }: ReturnType<typeof read>,
): void {
  assertEquals(values.length, patterns.data.length);
  patterns.data.forEach((value, i) => {
    if (value < threshold) assertEquals(values[i], 0);
    else {assert(
        Math.abs(values[i] - value) <= within + 1e-6 && values[i] > 0,
        `${values[i]} for ${value}`,
      );}
  });
}

Deno.test("patterns come back within the rounding that is told; what is below the threshold is zero", () => {
  const patterns = causalPatterns({ layers: 2, heads: 3, keys: 40 });
  const fine = read(patterns, 1e6);
  assert(fine.threshold <= 0.002 && fine.within < 0.02);
  assertClose(patterns, fine);
});

Deno.test("with less room the threshold rises until the patterns fit", () => {
  const patterns = causalPatterns({ layers: 2, heads: 3, keys: 40 });
  const coarse = read(patterns, 500);
  assert(
    coarse.size <= 500 && coarse.threshold > 0.01,
    `${coarse.size} bytes from ${coarse.threshold}`,
  );
  assertClose(patterns, coarse);
});

Deno.test("patterns that are not causal, fewer queries than keys and a single cell come back too", () => {
  const random = seededRandom(2);
  for (const sizes of [{ query: 7, key: 7 }, { query: 2, key: 9 }, { query: 1, key: 1 }]) {
    const data = Float32Array.from({ length: 6 * sizes.query * sizes.key }, () => random());
    const patterns = new Tensor(data, { layer: 2, head: 3, ...sizes });
    assertClose(patterns, read(patterns, 1e6));
  }
});

Deno.test("bits come back whatever the odds", () => {
  const random = seededRandom(9);
  for (const share of [0, 0.001, 0.5, 0.999, 1]) {
    const bits = Array.from({ length: 20_000 }, () => random() < share ? 1 : 0);
    const writer = bitWriter();
    bits.forEach((bit, i) => writer.code(i % 3, bit));
    const bytes = writer.finish();
    const code = bitReader(bytes);
    assertEquals(bits.map((_, i) => code(i % 3, 0)), bits);
    assert(bytes.length < 20_000 / 8 + 100, "no more than the bits themselves");
    if (share === 0 || share === 1) assert(bytes.length < 60);
  }
});

Deno.test("levels begin at the threshold and end at 1, closer together below", () => {
  const values = levelValues(0.05, 8);
  assertEquals([values[0], values.length, values[8]], [0, 9, 1]);
  assert(Math.abs(values[1] - 0.05) < 1e-12);
  const steps = values.slice(2).map((value, i) => value - values[i + 1]);
  assert(steps.every((step, i) => i === 0 || step > steps[i - 1]));
});

Deno.test("36 layers of 16 heads over 300 tokens stay under 300 KB, with all attention above a tenth", () => {
  const patterns = causalPatterns({ layers: 36, heads: 16, keys: 300 });
  const scores = Array.from({ length: 36 * 16 }, (_, i) => ({
    layer: Math.floor(i / 16),
    head: i % 16,
    induction: i / 577,
    previous: 1 / (i + 1),
    effect: Math.sin(i),
  }));
  const { html } = plot.attentionViewer(patterns, words(300), {
    scores,
    title: "All heads",
    caption: "x".repeat(300),
  });
  assert(new TextEncoder().encode(html).length < 300_000, `${html.length}`);
  const [, threshold] = html.match(/Attention below ([\d.]+) is not shown/)!;
  assert(Number(threshold) <= 0.1, `${threshold}`);
});

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  CircuitbookError,
  loadModel,
  normal,
  seededRandom,
  steering,
  Tensor,
  vectors,
} from "circuitbook";

const layers = 3;
const examples = 40;
const size = 50;

/** Noise [layer, example, d_model], and at each layer one direction more of it. */
function places(seed: number, along: (layer: number, d: number) => number): Tensor {
  const random = seededRandom(seed);
  const data = Float32Array.from(
    { length: layers * examples * size },
    (_, i) => normal(random) + along(Math.floor(i / (examples * size)), i % size),
  );
  return new Tensor(data, { layer: layers, example: examples, d_model: size });
}
const earlier = places(1, () => 0);
const later = places(2, (layer, d) => d === layer ? 4 : 0);
const found = steering.contrast(later, earlier);
const vectorOf = (vector: unknown, layer: number, row: number) =>
  Array.from((vector as (layer: number, row: number) => ArrayLike<number>)(layer, row));

Deno.test("the vector is the mean of the one place minus the mean of the other, at each layer", () => {
  for (const layer of [0, 1, 2]) {
    const mean = (tensor: Tensor, d: number) => {
      let sum = 0;
      for (let example = 0; example < examples; example++) {
        sum += tensor.slice({ layer, example, d_model: d }).item();
      }
      return sum / examples;
    };
    found.vector(layer).forEach((value, d) =>
      assertAlmostEquals(value, mean(later, d) - mean(earlier, d), 1e-5)
    );
  }
  assertEquals([found.n, found.layers], [40, [0, 1, 2]]);
});

Deno.test("it is read off a model at one position of each row", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const tap = "blocks.*.hook_resid_post";
  const rows = ["1 + 2 = 3 (not 5)", "2 + 30 = 5 (not 9) and"];
  const at = async (positions: number[][]) =>
    (await model.run(rows, { tap, positions })).layers(tap);
  const vector = steering.contrast(await at([[7], [9]]), await at([[2], [3]])).vector(5);
  const whole = await Promise.all(
    rows.map((row) => model.run(row, { tap: "blocks.5.hook_resid_post" })),
  );
  const plain = (row: number, position: number) =>
    whole[row].get("blocks.5.hook_resid_post").slice({ batch: 0, position }).data;
  vector.forEach((value, d) => {
    assertAlmostEquals(
      value,
      (plain(0, 7)[d] - plain(0, 2)[d] + plain(1, 9)[d] - plain(1, 3)[d]) / 2,
      1e-3,
    );
  });
});

Deno.test("random controls have the length of the vector and nothing of its direction, and differ from row to row", () => {
  const control = found.random({ seed: 1 });
  const norm = Math.hypot(...found.vector(1));
  const drawn = Array.from({ length: 30 }, (_, row) => vectorOf(control, 1, row));
  for (const vector of drawn) assertAlmostEquals(Math.hypot(...vector), norm, 1e-4);
  const cosines = drawn.map((vector) => vectors.cosine(vector, found.vector(1)));
  assert(Math.abs(cosines.reduce((a, b) => a + b) / 30) < 0.1, `${cosines}`);
  assertEquals(new Set(drawn.map((vector) => vector[0])).size, 30);
  assertEquals(vectorOf(control, 1, 3), drawn[3]);
});

Deno.test("dealt out at random, the labels leave a vector that is short, and along the real one as often as against it", () => {
  const drawn = Array.from(
    { length: 200 },
    (_, row) => vectorOf(found.shuffled({ seed: 1 }), 1, row),
  );
  const norm = Math.hypot(...found.vector(1));
  const along = drawn.map((vector) =>
    vectors.cosine(vector, found.vector(1)) * Math.hypot(...vector) / norm
  );
  // The share of a vector of 40 equal differences that random signs leave has a standard deviation
  // of 1/√40.
  assertAlmostEquals(along.reduce((a, b) => a + b) / 200, 0, 3 / Math.sqrt(40 * 200));
  assertAlmostEquals(
    Math.sqrt(along.reduce((sum, x) => sum + x * x, 0) / 200),
    1 / Math.sqrt(40),
    0.04,
  );
});

Deno.test("other vectors take the lengths of a contrast and keep their direction", () => {
  const other = steering.contrast(places(7, (layer, d) => d === layer ? 9 : 0), earlier);
  const vector = other.atLength(found.vector)(2);
  assertAlmostEquals(Math.hypot(...vector), Math.hypot(...other.vector(2)), 1e-4);
  assertAlmostEquals(vectors.cosine(vector, found.vector(2)), 1, 1e-6);
});

Deno.test("a shuffled contrast is a mean of the same differences with signs turned over", () => {
  const one = new steering.Contrast(
    new Tensor(new Float32Array([3, 4]), { layer: 1, example: 1, d_model: 2 }),
  );
  const drawn = Array.from({ length: 20 }, (_, row) => vectorOf(one.shuffled(), 0, row).join());
  assertEquals(new Set(drawn), new Set(["3,4", "-3,-4"]));
});

Deno.test("halves have each example once, and show the direction that all share", () => {
  const [a, b] = found.halves({ seed: 1 });
  assertEquals([a.n, b.n], [20, 20]);
  found.vector(2).forEach((value, d) =>
    assertAlmostEquals(value, (a.vector(2)[d] + b.vector(2)[d]) / 2, 1e-5)
  );
  const [{ layer, cosine: value, low, high, n }] = steering.contrastCosines(a, b, { seed: 2 })
    .toRecords();
  assertEquals([layer, n], [0, 20]);
  assertAlmostEquals(value as number, vectors.cosine(a.vector(0), b.vector(0)), 1e-9);
  assert((low as number) < (high as number) && (low as number) > 0.3);
});

Deno.test("cosines of unrelated contrasts are near zero, and their intervals hold it", () => {
  const other = steering.contrast(
    places(5, (layer, d) => d === layer + 10 ? 4 : 0),
    places(6, () => 0),
  );
  for (const row of steering.contrastCosines(found, other, { resamples: 100 }).toRecords()) {
    assert(
      Math.abs(row.cosine as number) < 0.4 && (row.low as number) < 0.2 &&
        (row.high as number) > -0.2,
    );
  }
});

Deno.test("a contrast is compared with other vectors as they are, whatever their length", () => {
  const [a, b] = found.halves({ seed: 1 });
  const rows = steering.contrastCosines(a, (layer) => b.vector(layer).map((value) => 3 * value), {
    seed: 2,
  })
    .toRecords();
  const whole = steering.contrastCosines(a, b, { seed: 2 }).toRecords();
  rows.forEach(({ cosine: value, low, high, n }, layer) => {
    assertAlmostEquals(value as number, vectors.cosine(a.vector(layer), b.vector(layer)), 1e-6);
    assert((low as number) < (high as number));
    assert(
      (high as number) - (low as number) < Number(whole[layer].high) - Number(whole[layer].low),
      "only one varies",
    );
    assertEquals(n, 20);
  });
  const same = steering.contrastCosines(a.of([0]), a.of([0]).vector).toRecords();
  same.forEach(({ low, high }) =>
    [low, high].forEach((end) => assertAlmostEquals(end as number, 1, 1e-6))
  );
});

Deno.test("places that do not belong together are refused", () => {
  const short = later.slice({ example: { from: 1 } });
  assertThrows(
    () => steering.contrast(short, earlier),
    CircuitbookError,
    "[layer 3, example 39, d_model 50]",
  );
  assertThrows(
    () => steering.contrast(later.slice({ layer: 0 }), earlier.slice({ layer: 0 })),
    CircuitbookError,
    "positions",
  );
  assertThrows(() => found.of([]), CircuitbookError, "at least one example");
  assertThrows(() => found.vector(3), CircuitbookError, "layer from 0 to 2");
});

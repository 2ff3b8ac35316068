import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, normal, seededRandom, Tensor, vectors } from "circuitbook";

/**
 * Least squares by the normal equations, solved by Gaussian elimination: another way to the same
 * projection.
 */
function projected(vector: number[], rows: number[][]): number[] {
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const system = rows.map((row) => [...rows.map((other) => dot(row, other)), dot(row, vector)]);
  for (let i = 0; i < system.length; i++) {
    const pivot = system[i][i];
    system[i] = system[i].map((x) => x / pivot);
    for (let j = 0; j < system.length; j++) {
      if (j === i) continue;
      const factor = system[j][i];
      system[j] = system[j].map((x, k) => x - factor * system[i][k]);
    }
  }
  return vector.map((_, i) => rows.reduce((sum, row, r) => sum + system[r].at(-1)! * row[i], 0));
}

Deno.test("the part of a vector that others span is their least-squares combination", () => {
  const random = seededRandom(2);
  const list = (n: number) => Array.from({ length: n }, () => normal(random));
  const rows = [list(9), list(9), list(9)];
  const vector = list(9);
  const { combination, share } = vectors.spanOf(
    new Tensor(Float32Array.from(rows.flat()), { token: 3, d_model: 9 }),
  ).explains(
    vector,
  );
  const expected = projected(vector, rows);
  expected.forEach((value, i) => assertAlmostEquals(combination[i], value, 1e-5));
  assertAlmostEquals(share, (Math.hypot(...expected) / Math.hypot(...vector)) ** 2, 1e-5);
});

Deno.test("a repeated vector adds nothing to a span, and all of space explains everything", () => {
  const twice = vectors.spanOf(
    new Tensor(new Float32Array([1, 2, 2, 4]), { token: 2, d_model: 2 }),
  );
  assertEquals(twice.rank, 1);
  assertAlmostEquals(twice.explains([2, -1]).share, 0, 1e-9);
  const all = vectors.spanOf(new Tensor(new Float32Array([1, 2, 3, 1]), { token: 2, d_model: 2 }));
  assertAlmostEquals(all.explains([5, -7]).share, 1, 1e-6);
});

Deno.test("a span refuses vectors of another size, zero vectors and tensors of three axes", () => {
  const span = vectors.spanOf(new Tensor(new Float32Array([1, 0]), { token: 1, d_model: 2 }));
  assertThrows(() => span.explains([1, 2, 3]), CircuitbookError, "a vector of 2 finite numbers");
  assertThrows(() => span.explains([0, 0]), CircuitbookError, "not all zero");
  assertThrows(
    () => vectors.spanOf(new Tensor(new Float32Array(1), { a: 1, b: 1, c: 1 })),
    CircuitbookError,
    "[a 1, b 1, c 1]",
  );
});

Deno.test("of a random vector, random directions explain their share of the dimensions", () => {
  const size = 60;
  const samples = vectors.randomDirections({ n: 200, size, seed: 3 });
  const span = vectors.spanOf(vectors.randomDirections({ n: 15, size, seed: 4 }));
  const shares = Array.from(
    { length: 200 },
    (_, i) => span.explains(samples.slice({ example: i }).data).share,
  );
  assertAlmostEquals(shares.reduce((a, b) => a + b) / 200, 15 / 60, 0.02);
});

Deno.test("random token sets differ from one another and hold no token twice; too large ones are refused", () => {
  const [a, b] = vectors.randomTokenSets({ sets: 2, size: 20, vocab: 400, seed: 1 });
  assertEquals([new Set(a).size, new Set(b).size, a.join() === b.join()], [20, 20, false]);
  assertThrows(
    () => vectors.randomTokenSets({ sets: 1, size: 5, vocab: 4 }),
    CircuitbookError,
    "at most 4 tokens",
  );
});

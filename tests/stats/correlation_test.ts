import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, normal, seededRandom, stats } from "circuitbook";

/** Pairs of numbers whose correlation is rho in the limit. */
function correlated(n: number, rho: number, seed: number): [number[], number[]] {
  const random = seededRandom(seed);
  const x = Array.from({ length: n }, () => normal(random));
  return [x, x.map((value) => rho * value + Math.sqrt(1 - rho * rho) * normal(random))];
}

Deno.test("the interval of a correlation is about Fisher's, whose width does not come from resampling", () => {
  const [x, y] = correlated(200, 0.6, 1);
  const { value, low, high, n } = stats.correlation(x, y, { resamples: 4000 });
  const z = Math.atanh(value);
  const half = 1.96 / Math.sqrt(n - 3);
  assertAlmostEquals(value, stats.pearson(x, y), 1e-12);
  assertAlmostEquals(low, Math.tanh(z - half), 0.04);
  assertAlmostEquals(high, Math.tanh(z + half), 0.04);
});

Deno.test("of ranks it is Spearman's, which a monotone change does not move", () => {
  const [x, y] = correlated(60, 0.8, 2);
  const plain = stats.correlation(x, y, { of: "ranks" });
  const bent = stats.correlation(x.map(Math.exp), y.map((v) => v ** 3), { of: "ranks" });
  assertAlmostEquals(plain.value, stats.spearman(x, y), 1e-12);
  assertEquals(bent, plain);
});

Deno.test("draws in which nothing varies are drawn again, and lists that do not vary are refused", () => {
  const { low, high } = stats.correlation([1, 1, 1, 2], [0, 1, 0, 3], { resamples: 300 });
  assert(Number.isFinite(low) && Number.isFinite(high) && low <= high);
  assertThrows(
    () => stats.correlation([1, 1, 1], [1, 2, 3]),
    CircuitbookError,
    "at least two values that vary",
  );
});

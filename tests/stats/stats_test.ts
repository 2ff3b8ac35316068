import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, integer, normal, seededRandom, stats } from "circuitbook";
import { expandedTail } from "../../lib/stats/percentiles.ts";

Deno.test("Wilson intervals are the published ones", () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
  // Medicine 17 (1998), table I.
  for (
    const [successes, n, low, high] of [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [
      0,
      20,
      0,
      0.1611,
    ], [
      1,
      29,
      0.0061,
      0.1718,
    ]]
  ) {
    const found = stats.wilson(successes, n);
    assertAlmostEquals(found.low, low, 5e-5);
    assertAlmostEquals(found.high, high, 5e-5);
  }
  assertThrows(() => stats.wilson(0, 0), CircuitbookError, "0 of 0");
  assertThrows(() => stats.wilson(3, 2), CircuitbookError);
  assertThrows(() => stats.wilson(1, 2, { level: 95 }), CircuitbookError, "95");
});

Deno.test("intervals of few values hold the mean of the population nearly as often as they say", () => {
  // Intervals with plain percentiles hold the mean in 82 % of samples of five, in 88 % of eight,
  // and in 92 % of twenty.
  for (const [size, least] of [[5, 0.88], [8, 0.91], [20, 0.935]]) {
    const random = seededRandom(size);
    const held = Array.from({ length: 1000 }, (_, seed) => {
      const sample = Array.from({ length: size }, () => normal(random));
      const { low, high } = stats.bootstrap(sample, { seed, resamples: 500 });
      return low <= 0 && high >= 0 ? 1 : 0;
    });
    const share = held.reduce((sum: number, value) => sum + value, 0) / held.length;
    assert(share > least && share < 0.97, `${share} of the samples of ${size}`);
  }
});

Deno.test("tails are expanded by Student's quantile and the spread of few units", () => {
  // R: pnorm(-qt(0.975, n - 1) * sqrt(n / (n - 1)))
  for (const [units, tail] of [[5, 9.5410e-4], [20, 0.0158808], [1e6, 0.025]]) {
    assertAlmostEquals(expandedTail(units, 0.95) / tail, 1, 1e-3);
  }
  assertEquals(expandedTail(1, 0.9), (1 - 0.9) / 2);
  assertThrows(() => expandedTail(5, 95), CircuitbookError, "95");
});

Deno.test("the area under the curve is the share of pairs in order, ties half", () => {
  const random = seededRandom(1);
  const positive = Array.from({ length: 80 }, () => random() < 0.3);
  const scores = positive.map((is) => integer(random, 0, 12) + (is ? 3 : 0));
  let pairs = 0;
  let ordered = 0;
  scores.forEach((a, i) =>
    scores.forEach((b, j) => {
      if (!positive[i] || positive[j]) return;
      pairs++;
      ordered += a > b ? 1 : a === b ? 0.5 : 0;
    })
  );
  assertAlmostEquals(stats.auc(scores, positive), ordered / pairs, 1e-12);
  assertThrows(() => stats.auc([1, 2], [true, true]), CircuitbookError, "2 and 0");
  assertThrows(() => stats.auc([1, NaN], [true, false]), CircuitbookError, "NaN at index 1");
});

Deno.test("the intervals of many lists are those of each list alone", () => {
  const random = seededRandom(5);
  const lists = [6, 9, 6].map((length) => Array.from({ length }, () => random()));
  const options = { seed: 3, resamples: 500 };
  // By hand: draw with the seed, take means, and sort.
  const [values] = lists;
  const draw = seededRandom(3);
  const means = Array.from(
    { length: 500 },
    () => values.reduce((sum) => sum + values[integer(draw, 0, 5)], 0) / 6,
  ).sort((a, b) => a - b);
  const [{ low }] = stats.bootstrapEach(lists, options);
  // Six units leave 0.24318 % of the samples below the interval: 499 · 0.0024318 = 1.2135.
  assertAlmostEquals(low, means[1] + 0.2135 * (means[2] - means[1]), 1e-6);
  for (const [i, estimate] of stats.bootstrapEach(lists, options).entries()) {
    assertEquals(estimate, stats.bootstrap(lists[i], options));
  }
  assertThrows(() => stats.bootstrapEach([[1], []]), CircuitbookError, "at least one value");
});

Deno.test("a bootstrap interval is close to the normal one for a well-behaved sample", () => {
  const random = seededRandom(2);
  const sample = Array.from({ length: 400 }, () => 5 + 2 * normal(random));
  const { value, low, high, n } = stats.bootstrap(sample, { seed: 3 });
  assert(n === 400 && Math.abs(value - 5) < 0.3);
  assertAlmostEquals(high - low, 2 * 1.96 * 2 / 20, 0.05);
  assert(
    stats.bootstrap(sample, { seed: 3 }).low === low &&
      stats.bootstrap(sample, { seed: 4 }).low !== low,
  );
});

Deno.test("values that go together in groups widen the interval", () => {
  const random = seededRandom(5);
  const shared = Array.from({ length: 30 }, () => normal(random));
  const sample = shared.flatMap((value) => Array(10).fill(value));
  const groups = shared.flatMap((_, i) => Array(10).fill(i));
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  assertAlmostEquals(
    width(stats.bootstrap(sample, { groups })) / width(stats.bootstrap(sample)),
    Math.sqrt(10),
    0.5,
  );
  assertThrows(() => stats.bootstrap([1, 2], { groups: [1] }), CircuitbookError, "found 1");
  assertThrows(() => stats.bootstrap([]), CircuitbookError);
});

Deno.test("correlations of lists and of ranks", () => {
  assertAlmostEquals(
    stats.pearson([1, 2, 3, 5], [2, 4, 5, 11]),
    19.5 / Math.sqrt(8.75 * 45),
    1e-12,
  );
  assertAlmostEquals(stats.spearman([1, 2, 3, 50], [2, 4, 5, 6]), 1, 1e-12);
  // Average ranks of ties: (1, 2.5, 2.5, 4, 5) and (1, 4, 2.5, 2.5, 5).
  assertAlmostEquals(stats.spearman([1, 2, 2, 3, 5], [1, 3, 2, 2, 9]), 7.25 / 9.5, 1e-12);
  assertThrows(() => stats.pearson([1, 1], [1, 2]), CircuitbookError, "vary");
  assertThrows(() => stats.pearson([1, 2, 3], [1, 2]), CircuitbookError, "3 and 2");
});

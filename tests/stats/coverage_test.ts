import { assert } from "@std/assert";
import { normal, type Random, seededRandom, stats } from "circuitbook";

// How often 95 % intervals over few units hold what they estimate. The samples are drawn from
// populations whose true value is known. Over 400 samples, a share of .95 has a standard error of
// .011. Plain percentiles hold the true value less often; the comments say how often.

const SAMPLES = 400;

/** Returns the share of samples whose interval holds the true value. */
function held(truth: number, estimate: (random: Random, seed: number) => stats.Estimate): number {
  const random = seededRandom(5);
  const estimates = Array.from({ length: SAMPLES }, (_, seed) => estimate(random, seed));
  return estimates.filter(({ low, high }) => low <= truth && truth <= high).length / SAMPLES;
}

/** Returns normal values. */
function normals(random: Random, n: number): number[] {
  return Array.from({ length: n }, () => normal(random));
}

Deno.test("the mean difference of 5 and 200 units is held in 95 % of samples", () => {
  const holds = Array.from({ length: 205 }, (_, i) => i < 5);
  const share = held(
    0,
    (random, seed) =>
      stats.bootstrapDifference(normals(random, 205), holds, { seed, resamples: 500 }),
  );
  assert(share > 0.92, `${share}`); // plain: .87, with 205 units: .89
});

Deno.test("the effect against eight random draws is held in 95 % of samples", () => {
  const share = held(0, (random, seed) => {
    const problems = normals(random, 30);
    const draws = normals(random, 8);
    const own = problems.map((at, problem) => ({ heads: "own", problem, draw: 0, said: at }));
    const control = problems.flatMap((at, problem) =>
      draws.map((shift, draw) => ({ heads: "random", problem, draw, said: at + shift }))
    );
    return stats.effect([...own, ...control], {
      of: "said",
      own: { heads: "own" },
      control: { heads: "random" },
      over: "problem",
      draws: "draw",
      seed,
    });
  });
  assert(share > 0.92, `${share}`); // plain: .88, with 30 units: .90
});

Deno.test("the slope through eight points is held in 95 % of samples", () => {
  const share = held(
    0,
    (random, seed) => stats.slope(normals(random, 8), normals(random, 8), { seed, resamples: 500 }),
  );
  assert(share > 0.935, `${share}`); // plain: .90
});

Deno.test("no correlation of ten pairs is held in 95 % of samples", () => {
  const share = held(
    0,
    (random, seed) =>
      stats.correlation(normals(random, 10), normals(random, 10), { seed, resamples: 500 }),
  );
  assert(share > 0.935, `${share}`); // plain: .915
});

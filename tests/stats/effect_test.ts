import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import jStat from "jstat";
import { CircuitbookError, integer, normal, seededRandom, stats, tables } from "circuitbook";
import { biasCorrected } from "../../lib/stats/bias_corrected.ts";
import reference from "../data/statistics_reference.json" with { type: "json" };

const rows = Array.from({ length: 40 }, (_, i) => [
  { problem: i >> 1, heads: "own", said: i % 10 === 0 },
  { problem: i >> 1, heads: "random", said: i % 10 !== 0 },
]).flat();
const options = {
  of: "said",
  own: { heads: "own" },
  control: { heads: "random" },
  over: "problem",
};

Deno.test("an effect is the difference from the control, over units and not over rows", () => {
  const { value, own, control, n, low, high } = stats.effect(rows, options);
  assertAlmostEquals(value, 0.1 - 0.9);
  assertEquals([own, control, n], [0.1, 0.9, 20]);
  assert(low < value && value < high && low > -1 && high < -0.5);
});

Deno.test("rows that repeat a unit leave the interval as it is", () => {
  const twice = stats.effect([...rows, ...rows], options);
  const { low, high } = stats.effect(rows, options);
  assertAlmostEquals(twice.low, low, 1e-9);
  assertAlmostEquals(twice.high, high, 1e-9);
});

Deno.test("an effect without any spread gets Newcombe's interval, which has a width", () => {
  const settled = rows.map((row) => ({ ...row, said: row.heads === "random" }));
  const { value, low, high } = stats.effect(settled, options);
  // By hand: Wilson's intervals of 0 and 20 of 20 are [0, 0.1611] and [0.8389, 1].
  assertAlmostEquals(high, -1 + Math.hypot(0.16113, 0.16113), 1e-4);
  assertEquals([value, low], [-1, -1]);
  const mean = stats.meanOver(settled, { of: "said", own: { heads: "own" }, over: "problem" });
  assertAlmostEquals(mean.high, 0.16113, 1e-4);
});

Deno.test("equal shares of units that are neither 0 nor 1 stay what they are", () => {
  const options = { of: "right", over: "problem" };
  const one = [true, true, false].map((right) => ({ problem: "a", right }));
  assertAlmostEquals(stats.meanOver(one, options).value, 2 / 3);
  const three = ["a", "b", "c"].flatMap((problem) => [
    { problem, right: true },
    { problem, right: false },
  ]);
  assertAlmostEquals(stats.meanOver(three, options).value, 1 / 2);
});

Deno.test("a condition at 0 % counts as uncertain: its Wilson interval widens that of the difference", () => {
  // 0 of 30 against 27 of 30: the reader's case of few heads without which nothing is recognised.
  const table = Array.from({ length: 30 }, (_, problem) => [
    { problem, heads: "own", said: false },
    { problem, heads: "random", said: problem % 10 !== 0 },
  ]).flat();
  const { value, low, high, own, control, n } = stats.effect(table, options);
  assertEquals([own, control, n], [0, 0.9, 30]);
  assertAlmostEquals(value, -0.9, 1e-12);
  const random = stats.meanOver(table, { of: "said", own: { heads: "random" }, over: "problem" });
  // Wilson's interval of 0 of 30 ends at z² / (n + z²) = 0.1135.
  const reach = 1.959964 ** 2 / (30 + 1.959964 ** 2);
  assertAlmostEquals(low, -0.9 - (random.high - 0.9), 1e-9);
  assertAlmostEquals(high, -0.9 + Math.hypot(reach, 0.9 - random.low), 1e-6);
});

Deno.test("differences of two shares have the intervals of statsmodels", () => {
  for (const { own, control, low, high } of reference.shares) {
    const found = stats.differenceOf(
      stats.wilson(own[0], own[1]),
      stats.wilson(control[0], control[1]),
    );
    assertAlmostEquals(found.low, low, 1e-6);
    assertAlmostEquals(found.high, high, 1e-6);
  }
});

Deno.test("with random draws as a sample, the interval has the variance of pairs and of draws", () => {
  // Called = pair + draw, without an interaction: the variances of both means add.
  const pairs = Array.from({ length: 25 }, (_, i) => Math.sin(7 * i));
  const draws = Array.from({ length: 20 }, (_, i) => Math.cos(5 * i));
  const control = pairs.flatMap((pair, problem) =>
    draws.map((draw, i) => ({ problem, heads: "random", draw: i, said: pair + draw }))
  );
  const own = pairs.map((pair, problem) => ({ problem, heads: "own", draw: 0, said: pair + 9 }));
  const variance = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };
  // Student's quantile with 19 degrees of freedom, and the spread of 20 draws.
  const reach = 2.093 * Math.sqrt(20 / 19);
  const width = ({ low, high }: stats.Estimate) => (high - low) / (2 * reach);

  const mean = stats.meanOver(control, { of: "said", over: "problem", draws: "draw" });
  const both = Math.sqrt(variance(pairs) / 25 + variance(draws) / 20);
  assertAlmostEquals(width(mean) / both, 1, 0.06);

  // In the difference the pairs cancel, and the draws of the control remain.
  const effect = stats.effect([...own, ...control], { ...options, draws: "draw" });
  assertEquals([effect.n, effect.draws], [25, 20]);
  assertAlmostEquals(width(effect) / Math.sqrt(variance(draws) / 20), 1, 0.06);
  const fixed = stats.effect([...own, ...control], options);
  assertEquals([fixed.draws, Math.round(1e6 * width(fixed))], [undefined, 0]);

  const [row] = tables.rowsOf(
    stats.meansBy(control, ["heads"], "said", { groups: "problem", draws: "draw" }),
  );
  assertEquals([row.low, row.high, row.n], [mean.low, mean.high, 500]);
  assertThrows(
    () => stats.meansBy(control, ["heads"], "said", { draws: "draw" }),
    CircuitbookError,
    'together with "groups"',
  );
});

Deno.test("a condition without rows is refused by its columns", () => {
  const wrong = { ...options, control: { heads: "randon" } };
  assertThrows(() => stats.effect(rows, wrong), CircuitbookError, "randon");
});

Deno.test("Holm's values are those of R's p.adjust", () => {
  // p.adjust(c(0.01, 0.02, 0.03, 0.2), "holm")
  const corrected = stats.holm([0.2, 0.01, 0.03, 0.02]);
  [0.2, 0.04, 0.06, 0.06].forEach((wanted, i) => assertAlmostEquals(corrected[i], wanted, 1e-12));
});

Deno.test("a p-value is read off the half of the interval that faces the threshold", () => {
  const { value, low, high } = { value: 1, low: 0.2, high: 4 };
  // 2 * pnorm(-1.959964 / 0.8) = 0.0142874
  assertAlmostEquals(stats.pAgainst({ value, low, high }, 0), 0.0142874, 1e-6);
  assertEquals(stats.pAgainst({ value: 1, low: 1, high: 1 }, 0), 0);
});

const { sample } = reference;
const logMeanSquare = (units: readonly number[]) =>
  Math.log(units.reduce((sum, unit) => sum + sample[unit] ** 2, 0) / units.length);

Deno.test("from the same draws, the bias-corrected interval is scipy's", () => {
  const all = sample.map((_, i) => i);
  const leftOut = all.map((left) => logMeanSquare(all.filter((unit) => unit !== left)));
  const { low, high } = biasCorrected(logMeanSquare(all), reference.draws, leftOut, 0.025);
  // Scipy interpolates between neighbouring draws.
  const isNear = (found: number, wanted: number) => {
    const next = reference.draws.findIndex((draw) => draw >= wanted);
    const [from, to] = [reference.draws[next - 2], reference.draws[next + 1] ?? Infinity];
    assert(found >= from && found <= to, `${found} is not from ${from} to ${to}`);
  };
  isNear(low, reference.fromDraws[0]);
  isNear(high, reference.fromDraws[1]);
});

Deno.test("a bootstrap over units has the interval of scipy's many draws", () => {
  // Scipy does not widen the interval for few units: this level has 2.5 % beyond each end when
  // widened.
  const units = sample.length;
  const tail = 1 - jStat.studentt.cdf(1.959964 * Math.sqrt((units - 1) / units), units - 1);
  const found = stats.bootstrapOver(units, logMeanSquare, {
    resamples: 40_000,
    level: 1 - 2 * tail,
  });
  assertAlmostEquals(found.value, logMeanSquare(sample.map((_, i) => i)), 1e-12);
  assertAlmostEquals(found.low, reference.fromMany[0], 0.02);
  assertAlmostEquals(found.high, reference.fromMany[1], 0.02);
  assertEquals(found.n, sample.length);
});

Deno.test("a correlation that draws pull down has an interval about its value", () => {
  // Thirty heads, whose true effects are equal in two models, measured on ten noisy pairs.
  const random = seededRandom(4);
  const effects = Array.from({ length: 30 }, () => normal(random));
  const [one, other] = [0, 1].map(() =>
    Array.from({ length: 10 }, () => effects.map((effect) => effect + 4 * normal(random)))
  );
  const over = (units: readonly number[]) => {
    const [x, y] = [one, other].map((rows) =>
      effects.map((_, head) => units.reduce((sum, unit) => sum + rows[unit][head], 0))
    );
    return stats.spearman(x, y);
  };
  const { value, low, high } = stats.bootstrapOver(10, over);
  const draws = Array.from(
    { length: 300 },
    () => over(Array.from({ length: 10 }, () => integer(random, 0, 9))),
  ).sort((a, b) => a - b);
  assert(draws[150] < value - 0.05, "draws lie below the estimate");
  assert(low > draws[7] && high > draws[292], "the interval is moved up");
  assert(low < value && value < high);
});

Deno.test("a single unit has no interval, and a statistic that no draw has is refused", () => {
  assertEquals(stats.bootstrapOver(1, () => 3), { value: 3, low: 3, high: 3, n: 1 });
  const only = (units: readonly number[]) => units.join() === "0,1,2,3,4,5,6,7" ? 1 : NaN;
  assertThrows(() => stats.bootstrapOver(8, only, { resamples: 5 }), CircuitbookError, "5 draws");
});

Deno.test("shares that differ by the same amount in every sample have an interval with a width", () => {
  // Eight of nine are said under both conditions, by the same problems.
  const alike = Array.from({ length: 9 }, (_, problem) => problem).flatMap((problem) =>
    ["own", "random"].map((heads) => ({ problem, heads, said: problem > 0 }))
  );
  const { value, low, high } = stats.effect(alike, options);
  assertEquals(value, 0);
  // Newcombe's interval for 8 of 9 and 8 of 9: Wilson's interval is [0.5650, 0.9801].
  assertAlmostEquals(high, Math.hypot(0.9801 - 8 / 9, 8 / 9 - 0.565), 1e-3);
  assertAlmostEquals(low, -high, 1e-12);
  // Every problem has one right attempt of two: every sample has the mean 0.5.
  const halves = alike.map((row) => ({ ...row, said: row.heads === "own" }));
  const mean = stats.meanOver(halves, { of: "said", over: "problem" });
  assertEquals([mean.value, mean.n], [0.5, 9]);
  assert(mean.low < 0.3 && mean.high > 0.7);
});

Deno.test("sums that differ by their rounding alone count as equal", () => {
  // Under one condition each of nine problems has one right attempt of three, under the other two.
  const thirds = Array.from({ length: 9 }, (_, problem) => problem).flatMap((problem) =>
    [0, 1, 2].flatMap((attempt) => [
      { problem, heads: "own", said: attempt > 0 },
      { problem, heads: "random", said: attempt > 1 },
    ])
  );
  const { value, low, high } = stats.effect(thirds, options);
  assertAlmostEquals(value, 1 / 3);
  assert(low < 0.1 && high > 0.5, `${low} to ${high}`);
});

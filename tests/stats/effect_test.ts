import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, stats } from "circuitbook";

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

Deno.test("a bootstrap over units of a mean is the bootstrap of the mean", () => {
  const values = Array.from({ length: 30 }, (_, i) => (i * 7919) % 31);
  const mean = (units: readonly number[]) =>
    units.reduce((sum, unit) => sum + values[unit], 0) / units.length;
  const own = stats.bootstrapOver(30, mean, { resamples: 2000, seed: 0 });
  const known = stats.bootstrap(values, { seed: 0 });
  assertEquals([own.n, own.value], [30, known.value]);
  assertAlmostEquals(own.low, known.low, 1e-9);
  assertAlmostEquals(own.high, known.high, 1e-9);
});

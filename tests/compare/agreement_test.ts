import { CircuitbookError, compare, seededRandom } from "circuitbook";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";

const random = seededRandom(3);
const heads = Array.from(
  { length: 48 },
  (_, i) => ({ layer: i / 6 | 0, head: i % 6, effect: random() - 0.5 }),
);
const noisy = heads.map((row) => ({ ...row, effect: row.effect + 0.3 * (random() - 0.5) }));

/** Spearman's formula for ranks without ties. */
function spearmanWithoutTies(a: number[], b: number[]): number {
  const rank = (values: number[]) =>
    values.map((value) => values.filter((other) => other < value).length);
  const [x, y] = [rank(a), rank(b)];
  const n = a.length;
  return 1 - 6 * x.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / (n * (n * n - 1));
}

Deno.test("scores are matched by layer and head, not by the order of rows", () => {
  const shuffled = pl.DataFrame([...noisy].sort((a, b) => b.head - a.head));
  const { value, low, high, n } = compare.rankCorrelation(heads, shuffled);
  assertAlmostEquals(
    value,
    spearmanWithoutTies(heads.map((row) => row.effect), noisy.map((row) => row.effect)),
    1e-12,
  );
  // Bonett and Wright (2000): tanh(atanh r ± 1.96 √((1 + r²/2) / (n − 3))).
  const half = 1.959964 * Math.sqrt((1 + value ** 2 / 2) / 45);
  assertAlmostEquals(low, Math.tanh(Math.atanh(value) - half), 1e-6);
  assertAlmostEquals(high, Math.tanh(Math.atanh(value) + half), 1e-6);
  assertEquals(n, 48);
});

Deno.test("the interval of the rank correlation covers the true one about 19 times in 20", () => {
  const noise = () => random() + random() + random() + random() - 2;
  const draw = (n: number) => {
    const a = Array.from({ length: n }, (_, head) => ({ layer: 0, head, effect: noise() }));
    return compare.rankCorrelation(a, a.map((row) => ({ ...row, effect: row.effect + noise() })));
  };
  const truth = draw(20_000).value;
  const hits = Array.from({ length: 400 }, () => draw(40)).filter(({ low, high }) =>
    low <= truth && truth <= high
  );
  assert(hits.length > 368 && hits.length < 394, `${hits.length} of 400`);
});

Deno.test("the overlap counts the highest scores, or the largest effects of either sign", () => {
  const one = [5, -9, 4, 3, 0, 1].map((effect, head) => ({ layer: 0, head, effect }));
  const other = [6, -8, 0, 2, 1, -3].map((effect, head) => ({ layer: 0, head, effect }));
  const shared = (absolute: boolean) =>
    compare.topOverlap(one, other, { k: [1, 2, 3], absolute }).getColumn("shared").toArray();
  assertEquals(shared(false), [1, 1, 2]);
  assertEquals(shared(true), [1, 2, 2]);
  assertEquals(compare.topOverlap(one, other, { k: [2] }).toRecords()[0].expected, 4 / 6);
});

Deno.test("tables about other rows, rows that come twice, and scores that are missing are refused", () => {
  const refused = (other: compare.ScoreTable, part: string, options = {}) =>
    assertThrows(() => compare.rankCorrelation(heads, other, options), CircuitbookError, part);
  refused(heads.slice(1), "0, 0 in one only");
  refused([...heads, { layer: 9, head: 0, effect: 1 }], "9, 0 in one only");
  refused([...heads, heads[7]], "1, 1 again");
  refused(heads.map((row) => ({ ...row, effect: NaN })), 'finite "effect"');
  refused(heads, '"efect"', { score: "efect" });
  refused(heads, "score", { scores: "effect" });
  refused(heads, '"by" of compare.rankCorrelation to be a list of names', { by: "layer" });
  assertThrows(() => compare.topOverlap(heads, heads, { k: [49] }), CircuitbookError, "up to 48");
});

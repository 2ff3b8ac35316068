import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";
import { CircuitbookError, stats, tables } from "circuitbook";

const rows = [
  { series: "W[1]", scale: 20, said: "right" },
  { series: "W[1]", scale: 20, said: "wrong" },
  { series: "random", scale: 20, said: "wrong" },
];
const right = ({ said }: { said: string }) => said === "right";

Deno.test("shares come by group with Wilson's interval, from rows or from a frame", () => {
  const { low, high } = stats.wilson(1, 2);
  for (const table of [rows, pl.DataFrame(rows)]) {
    const shares = stats.sharesBy(table, ["series", "scale"], right).toRecords();
    assertEquals(shares[0], { series: "W[1]", scale: 20, share: 0.5, low, high, n: 2 });
    assertEquals([shares[1].series, shares[1].share, shares[1].n], ["random", 0, 1]);
  }
  assertEquals(stats.sharesBy(rows, [], right).toRecords()[0].n, 3);
});

Deno.test("shares of no rows or by an unknown column are refused", () => {
  assertThrows(() => stats.sharesBy([], ["scale"], () => true), CircuitbookError, "an empty table");
  assertThrows(
    () => stats.sharesBy(rows, ["scales"], right),
    CircuitbookError,
    'Expected a column "scales" but found series, scale, said; nearest: scale',
  );
});

Deno.test("a text that goes in circles repeats nearly all of its windows, one of one window none", () => {
  const circle = Array.from({ length: 60 }, (_, i) => i % 3);
  assertAlmostEquals(stats.repeatedShare(circle), 1 - 3 / 57);
  assertEquals([stats.repeatedShare([1, 2, 3, 4]), stats.repeatedShare([1])], [0, 0]);
});

Deno.test("one row of a table of shares is found by its columns, and nothing is guessed", () => {
  const shares = stats.sharesBy(rows, ["series", "scale"], right);
  assertEquals(stats.shareWhere(shares, { series: "W[1]" }), stats.wilson(1, 2));
  assertThrows(() => stats.shareWhere(shares, { scale: 20 }), CircuitbookError, "but found 2");
  assertThrows(() => stats.shareWhere(shares, { scale: 30 }), CircuitbookError, "but found none");
  assertEquals(tables.rowsWhere(shares, { scale: 20 }).toRecords(), shares.toRecords());
});

Deno.test("the spread of values is their median and the middle 95 %", () => {
  const values = Array.from({ length: 1001 }, (_, i) => (i * 8) % 1001);
  const { value, low, high, n } = stats.spread(values);
  assertEquals([value, Math.round(low), Math.round(high), n], [500, 25, 975, 1001]);
  assertThrows(() => stats.spread([]), CircuitbookError, "found 0 values");
});

Deno.test("rows of a table come as numbers, without names and gaps", () => {
  const table = pl.DataFrame({ layer: [0, 1], auc: [0.5, null], name: ["a", "b"] });
  assertEquals(tables.numberRows(table), [{ layer: 0, auc: 0.5 }, { layer: 1 }]);
});

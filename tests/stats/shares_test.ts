import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";
import {
  CircuitbookError,
  numberRows,
  repeatedShare,
  rowsWhere,
  sharesBy,
  shareWhere,
  spread,
  wilson,
} from "circuitbook";

const rows = [
  { series: "W[1]", scale: 20, said: "right" },
  { series: "W[1]", scale: 20, said: "wrong" },
  { series: "random", scale: 20, said: "wrong" },
];
const right = ({ said }: { said: string }) => said === "right";

Deno.test("shares come by group with Wilson's interval, from rows or from a frame", () => {
  const { low, high } = wilson(1, 2);
  for (const table of [rows, pl.DataFrame(rows)]) {
    const shares = sharesBy(table, ["series", "scale"], right).toRecords();
    assertEquals(shares[0], { series: "W[1]", scale: 20, share: 0.5, low, high, n: 2 });
    assertEquals([shares[1].series, shares[1].share, shares[1].n], ["random", 0, 1]);
  }
  assertEquals(sharesBy(rows, [], right).toRecords()[0].n, 3);
});

Deno.test("shares of no rows or by an unknown column are refused", () => {
  assertThrows(() => sharesBy([], ["scale"], () => true), CircuitbookError, "an empty table");
  assertThrows(
    () => sharesBy(rows, ["scales"], right),
    CircuitbookError,
    'found "scales"; nearest: scale',
  );
});

Deno.test("a text that goes in circles repeats nearly all of its windows, one of one window none", () => {
  const circle = Array.from({ length: 60 }, (_, i) => i % 3);
  assertAlmostEquals(repeatedShare(circle), 1 - 3 / 57);
  assertEquals([repeatedShare([1, 2, 3, 4]), repeatedShare([1])], [0, 0]);
});

Deno.test("one row of a table of shares is found by its columns, and nothing is guessed", () => {
  const shares = sharesBy(rows, ["series", "scale"], right);
  assertEquals(shareWhere(shares, { series: "W[1]" }), wilson(1, 2));
  assertThrows(() => shareWhere(shares, { scale: 20 }), CircuitbookError, "but found 2");
  assertThrows(() => shareWhere(shares, { scale: 30 }), CircuitbookError, "but found none");
  assertEquals(rowsWhere(shares, { scale: 20 }).toRecords(), shares.toRecords());
});

Deno.test("the spread of values is their median and the middle 95 %", () => {
  const values = Array.from({ length: 1001 }, (_, i) => (i * 8) % 1001);
  const { value, low, high, n } = spread(values);
  assertEquals([value, Math.round(low), Math.round(high), n], [500, 25, 975, 1001]);
  assertThrows(() => spread([]), CircuitbookError, "found 0 values");
});

Deno.test("rows of a table come as numbers, without names and gaps", () => {
  const table = pl.DataFrame({ layer: [0, 1], auc: [0.5, null], name: ["a", "b"] });
  assertEquals(numberRows(table), [{ layer: 0, auc: 0.5 }, { layer: 1 }]);
});

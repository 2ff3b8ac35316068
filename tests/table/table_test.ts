import { CircuitbookError, stats, tables } from "circuitbook";
import { assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";

interface Effect {
  readonly layer: number;
  readonly series: string;
  readonly effect: number | null;
}

/** The first 150 effects are empty, which is more rows than polars reads to tell a column's type. */
const effects: Effect[] = Array.from({ length: 200 }, (_, layer) => {
  return { layer, series: layer % 2 ? "odd" : "even", effect: layer < 150 ? null : layer / 4 };
});

Deno.test("tableOf keeps the later values of a column that begins with nulls", () => {
  assertEquals(tables.rowsOf(tables.tableOf(effects)), effects);
});

Deno.test("rowsWhere keeps the types of columns, whatever the chosen rows hold", () => {
  const table = tables.tableOf(effects);
  const [row] = tables.rowsOf(tables.rowsWhere(table, { layer: 3 }));
  assertEquals(row.effect, null);
  assertEquals(tables.rowsWhere(table, { layer: 3 }).schema, table.schema);
  assertEquals(
    tables.rowsOf(tables.rowsWhere(table, { series: "odd" })),
    effects.filter(({ series }) => series === "odd"),
  );
});

Deno.test("rowsWhere chooses the rows of a table with lists and with empty cells", () => {
  const table = pl.DataFrame([{ a: null, list: [1, 2] }, { a: 1, list: [3] }]);
  assertEquals(tables.rowsWhere(table, { a: null }).toRecords(), [{ a: null, list: [1, 2] }]);
});

Deno.test("rowsWhere names a missing column, and values that no row has", () => {
  const table = pl.DataFrame(effects, { inferSchemaLength: 200 });
  assertThrows(
    () => tables.rowsWhere(table, { serie: "odd" }),
    CircuitbookError,
    'Expected a column "serie" but found layer, series, effect; nearest: series.',
  );
  assertThrows(
    () => tables.rowsWhere(table, { series: "prime" }),
    CircuitbookError,
    'Expected rows with {"series":"prime"} but found none.',
  );
});

Deno.test("groups keep the order in which they first appear, and their later values", () => {
  const rows = [{ k: null, p: 1 }, { k: 2, p: 0 }, { k: null, p: 0 }];
  const means = tables.rowsOf(stats.meansBy(tables.tableOf(rows), ["k"], "p"));
  assertEquals(means.map(({ k, mean, n }) => [k, mean, n]), [[null, 0.5, 2], [2, 0, 1]]);
});

Deno.test("a group's missing column is named with the nearest", () => {
  assertThrows(
    () => stats.meansBy([{ layer: 0, p: 1 }], ["layr"], "p"),
    CircuitbookError,
    'Expected a column "layr" but found layer, p; nearest: layer.',
  );
});

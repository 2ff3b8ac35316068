import { CircuitbookError, stats, tables } from "circuitbook";
import { assertEquals, assertThrows } from "@std/assert";
import pl from "nodejs-polars";

interface Effect {
  readonly layer: number;
  readonly series: string;
  readonly effect: number | null;
}

/**
 * The first 150 effects are empty, which is more rows than polars reads to tell a column's type.
 */
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

Deno.test("columns that number parts of a model are whole numbers, also in CSV; others are f64", () => {
  const table = tables.tableOf([
    { layer: 0, from_head: 1, otherLayer: 2, row: null, effect: 1, position: 0.5, key: "a" },
    { layer: 7, from_head: 3, otherLayer: 4, row: 2, effect: 2, position: 1, key: "b" },
  ]);
  assertEquals(
    table.writeCSV().toString(),
    "layer,from_head,otherLayer,row,effect,position,key\n0,1,2,,1.0,0.5,a\n7,3,4,2,2.0,1.0,b\n",
  );
  assertEquals(tables.rowsOf(table)[1].layer, 7);
});

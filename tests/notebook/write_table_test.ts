import { assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, tables } from "circuitbook";
import { join } from "@std/path";
import pl from "nodejs-polars";
import { writeTable } from "../../lib/notebook/write_table.ts";

/** Ids that a spreadsheet would run, and ids that it would not. */
const ids = [
  "=cmd|' /C calc'!A0\u001b[31m<img src=x>",
  "+1",
  "-2",
  "@SUM(A1)",
  "\t=1",
  "\r=1",
  "plain",
  "a=1",
  "",
  null,
];

Deno.test("in CSV a text that a spreadsheet would run begins with an apostrophe, and nothing else changes", async () => {
  const folder = await Deno.makeTempDir();
  const table = tables.tableOf(ids.map((id, row) => ({ id, row, effect: -row / 2 })));
  await writeTable(join(folder, "t.csv"), table);
  await writeTable(join(folder, "t.parquet"), table);
  const parquet = pl.readParquet(join(folder, "t.parquet"));
  assertEquals(parquet.getColumn("id").toArray(), ids);
  const csv = pl.readCSV(join(folder, "t.csv"));
  const expected = ids.map((id, i) => i < 6 ? `'${id}` : id);
  assertEquals(csv.getColumn("id").toArray(), expected);
  assertEquals(csv.getColumn("effect").toArray(), table.getColumn("effect").toArray());
  assertEquals(csv.columns, ["id", "row", "effect"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a file that a table cannot be written to is refused in words", async () => {
  const folder = await Deno.makeTempDir();
  const lists = pl.DataFrame({ id: ["a"], tokens: [[1, 2]] });
  const records = pl.DataFrame({ id: [{ a: 1 }] });
  const refused = (file: string, table: pl.DataFrame, message: string) =>
    assertRejects(() => writeTable(join(folder, file), table), CircuitbookError, message);
  await refused("t.csv", lists, 'cannot hold the lists of the column "tokens"');
  await refused("t.csv", records, 'cannot hold the lists of the column "id"');
  await refused("t.xlsx", lists, "Expected a file that ends in .parquet or .csv");
  await refused("none/t.parquet", lists, "Expected to write");
  assertEquals([...Deno.readDirSync(folder)], []);
  await writeTable(join(folder, "t.parquet"), lists);
  assertEquals(pl.readParquet(join(folder, "t.parquet")).height, 1);
  await Deno.remove(folder, { recursive: true });
});

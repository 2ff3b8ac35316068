import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import pl from "nodejs-polars";
import { CircuitbookError } from "circuitbook";
import { CommandError } from "../../lib/commands/repository.ts";
import { mergedTable } from "../../lib/commands/shards/merge.ts";
import { membersOf, parseShard, type Shard } from "../../lib/commands/shards/shard.ts";
import { readShard, type TableIdentity, writeShard } from "../../lib/commands/shards/shard_file.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

const identity: TableIdentity = {
  task: "sweep",
  model: "toy",
  weights: "a".repeat(64),
  device: "cpu",
  dtype: "f32",
  prompts: "b".repeat(64),
  options: "heads 0.1",
};

function tableOf(numbers: readonly number[]): pl.DataFrame {
  // Polars makes no list column of no lists.
  if (!numbers.length) return tableOf([0]).head(0);
  return pl.DataFrame([
    pl.Series("id", numbers.map((n) => `=${n} "ü"`), pl.Utf8),
    pl.Series("layer", numbers.map((n) => n > 2 && n < 9 ? 3 : 0), pl.Int64),
    pl.Series("effect", [...numbers], pl.Float64),
    pl.Series("activation", numbers.map((n) => [n, -n]), pl.List(pl.Float32)),
  ]);
}

Deno.test("the shards of a list are its parts in order, and cut no batch", () => {
  const list = Array.from({ length: 23 }, (_, i) => i);
  for (const together of [1, 4, 30]) {
    for (const count of [1, 2, 3, 7, 16, 40]) {
      const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
      const parts = shards.map((shard) => membersOf(list, shard, together));
      assertEquals(parts.flat(), list);
      for (const part of parts) assertEquals((part[0] ?? 0) % together, 0);
      const sizes = parts.map((part) => Math.ceil(part.length / together));
      assertEquals(Math.max(...sizes) - Math.min(...sizes) <= 1, true);
    }
  }
});

Deno.test("shards are counted from 1", () => {
  assertEquals(parseShard("3/16"), { index: 3, count: 16 });
  for (const text of ["0/4", "5/4", "1", "a/b", "1/0", "-1/4", "1/4/2", "1.5/3", "1/100001"]) {
    assertThrows(() => parseShard(text), CommandError, `found "${text}"`);
  }
});

Deno.test("a shard's rows and types come back, numbers bit for bit, rows or none", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/s.parquet`;
  const numbers = [NaN, -0, Infinity, 0.1 + 0.2, 5e-324, 1e300];
  const table = tableOf(numbers.map((n) => Number.isFinite(n) ? n : 7))
    .withColumn(pl.Series("effect", numbers, pl.Float64));
  for (const written of [table, table.head(0)]) {
    await writeShard(path, written, identity, { index: 2, count: 3 });
    const read = await readShard(path);
    assertEquals(read.identity, identity);
    assertEquals(read.shard, { index: 2, count: 3 });
    assertEquals(read.table.columns, written.columns);
    assertEquals(read.table.dtypes.map(String), written.dtypes.map(String));
    assertEquals(read.table.toRecords(), written.toRecords());
    const bits = (
      frame: pl.DataFrame,
    ) => [...new BigUint64Array(Float64Array.from(frame.getColumn("effect").toArray()).buffer)];
    assertEquals(bits(read.table), bits(written));
  }
});

Deno.test("merging joins shards by their number, and refuses missing, doubled and foreign ones", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => `${folder.path}/${name}.parquet`;
  const write = (name: string, rows: number[], shard: Shard, other: Partial<TableIdentity> = {}) =>
    writeShard(at(name), tableOf(rows), { ...identity, ...other }, shard);
  await write("one", [1, 2], { index: 1, count: 3 });
  await write("two", [], { index: 2, count: 3 });
  await write("three", [3], { index: 3, count: 3 }, { model: "the toy by another name" });
  const merged = await mergedTable([at("three"), at("one"), at("two")]);
  assertEquals(merged.toRecords(), tableOf([1, 2, 3]).toRecords());
  await write("again", [3], { index: 3, count: 3 });
  await write("of four", [4], { index: 2, count: 4 });
  await write("weights", [4], { index: 2, count: 3 }, { weights: "c".repeat(64) });
  await write("device", [4], { index: 2, count: 3 }, { device: "cuda" });
  await write("dtype", [4], { index: 2, count: 3 }, { dtype: "int8" });
  await write("prompts", [4], { index: 2, count: 3 }, { prompts: "c".repeat(64) });
  await write("options", [4], { index: 2, count: 3 }, { options: "heads 1.1" });
  await write("task", [4], { index: 2, count: 3 }, { task: "patch" });
  await Deno.writeTextFile(at("torn"), "PAR1");
  tableOf([1]).writeParquet(at("plain"));
  const refusals: [string[], string][] = [
    [[], "Expected at least one shard"],
    [["one", "three"], "found none for 2/3"],
    [["one", "two", "three", "again"], "found 3/3 in"],
    [["one", "of four", "three"], "with 4 shards rather than 3"],
    [["one", "weights", "three"], "with the model toy (sha256 cccccccccccc…)"],
    [["one", "device", "three"], "with cuda rather than cpu"],
    [["one", "dtype", "three"], "with int8 rather than f32"],
    [["one", "prompts", "three"], "with other prompts"],
    [["one", "options", "three"], "with the options heads 1.1"],
    [["one", "task", "three"], "with the task patch rather than sweep"],
    [["one", "torn"], "another kind of file"],
    [["one", "plain"], "another kind of file"],
    [["one", "nowhere"], "could not read it"],
  ];
  for (const [names, message] of refusals) {
    await assertRejects(() => mergedTable(names.map(at)), CircuitbookError, message);
  }
});

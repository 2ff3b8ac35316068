import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import pl from "nodejs-polars";
import { CircuitbookError, loadModel, patching } from "circuitbook";
import { parsePatchArguments } from "../../lib/commands/patch/arguments.ts";
import { patchToFile } from "../../lib/commands/patch/patch_to_file.ts";
import { mergedTable } from "../../lib/commands/shards/merge.ts";
import { parseTraceArguments } from "../../lib/commands/trace/arguments.ts";
import { traceToTable } from "../../lib/commands/trace/trace_to_table.ts";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { flagsFor, grouped, promptLines, sweep } from "./sweep_files.ts";

const quiet = { onProgress: () => {} };

async function patch(flags: readonly string[]): Promise<void> {
  await patchToFile(parsePatchArguments(flags)!, () => {}, quiet);
}

async function trace(flags: readonly string[]): Promise<void> {
  await traceToTable(parseTraceArguments(flags)!, () => {}, quiet);
}

/** Pairs of prompts that differ in one token. */
function pairLines(count: number) {
  return promptLines(count, 12).map(({ tokens, ...line }, i) => ({
    ...line,
    clean: tokens,
    corrupted: tokens.with(i % tokens.length, (tokens[i % tokens.length] + 11) % 96),
  }));
}

/** The bytes of a table's numbers, so that NaN and -0 compare by their bits. */
function bitsOf(table: pl.DataFrame) {
  return table.columns.map((name) => {
    const values = table.getColumn(name).toArray();
    const numbers = values.every((value) => typeof value === "number");
    return [name, numbers ? [...new BigUint64Array(Float64Array.from(values).buffer)] : values];
  });
}

/** Runs a task in one process and in shards, and holds the merged table to the whole one. */
async function assertShardsMerge(
  folder: string,
  task: (flags: readonly string[]) => Promise<unknown>,
  flags: readonly string[],
  count: number,
): Promise<pl.DataFrame> {
  const whole = `${folder}/whole.parquet`;
  await task([...flags, "--out", whole]);
  const paths: string[] = [];
  for (let index = count; index >= 1; index--) {
    const out = `${folder}/shard-${index}.parquet`;
    await task([...flags, "--shard", `${index}/${count}`, "--out", out]);
    paths.push(out);
  }
  const merged = await mergedTable(paths);
  const expected = pl.readParquet(whole);
  assertEquals(merged.columns, expected.columns);
  assertEquals(merged.dtypes.map(String), expected.dtypes.map(String));
  assertEquals(bitsOf(merged), bitsOf(expected));
  return expected;
}

Deno.test("the shards of a sweep merge to the table of one process, bit for bit", async () => {
  await using folder = await temporaryFolder();
  const flags = [...await flagsFor(folder.path, promptLines(18, 30)), "--heads", "all"];
  const table = await assertShardsMerge(folder.path, sweep, flags, 7);
  assertEquals(table.height, 18 * 8);
});

Deno.test("the shards of patches merge to the table of one process, which is that of a notebook", async () => {
  await using folder = await temporaryFolder();
  const lines = pairLines(5);
  await writeFiles(folder.path, {
    "pairs.jsonl": lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  const model = await loadModel(grouped, { device: "cpu" });
  const flags = ["--model", grouped, "--pairs", `${folder.path}/pairs.jsonl`, "--device", "cpu"];
  for (const sites of ["heads", "positions"] as const) {
    const own = [...flags, "--sites", sites];
    // More shards than pairs: some are empty.
    const table = (await assertShardsMerge(folder.path, patch, own, 7)).toRecords();
    const { clean, corrupted, answer, against, id } = lines[3];
    const expected = (await patching[sites](model, { clean: [clean], corrupted: [corrupted] }, {
      metric: { logitDifference: [answer as number, against as number] },
    })).toRecords();
    const rows = table.filter((row) => row.id === id);
    assertEquals(rows.length, expected.length);
    rows.forEach((row, i) => {
      assertEquals([row.point, row.layer], [expected[i].point, expected[i].layer]);
      assertEquals(row[sites.slice(0, -1)], expected[i][sites.slice(0, -1)]);
      assertAlmostEquals(row.value, expected[i].value, 1e-5);
    });
  }
  await model.dispose();
});

Deno.test("the shards of a trace merge to the table of one process, whose activations are those of a run", async () => {
  await using folder = await temporaryFolder();
  const lines = promptLines(5, 9);
  const flags = [...await flagsFor(folder.path, lines), "--positions", "-1,0"];
  const taps = ["--tap", "blocks.*.hook_resid_post", "--tap", "blocks.0.attn.hook_pattern"];
  const table = await assertShardsMerge(folder.path, trace, [...flags, ...taps], 2);
  assertEquals(table.columns, ["id", "point", "position", "token", "activation"]);
  assertEquals(table.height, 5 * 3 * 2);
  const model = await loadModel(grouped, { device: "cpu" });
  const [{ id, tokens }] = lines.slice(2);
  const cache = await model.run([tokens], {
    tap: ["blocks.1.hook_resid_post", "blocks.0.attn.hook_pattern"],
  });
  const own = table.toRecords().filter((row) => row.id === id);
  const at = (name: string) => {
    const row = own.find(({ point, position }) =>
      point === name && position === tokens.length - 1
    )!;
    return { token: row.token, activation: row.activation as unknown as number[] };
  };
  const stream = at("blocks.1.hook_resid_post");
  assertEquals(stream.token, tokens.at(-1));
  const expected = cache.get("blocks.1.hook_resid_post").slice({ batch: 0, position: -1 });
  stream.activation.forEach((value, i) => assertAlmostEquals(value, expected.data[i], 1e-5));
  const pattern = at("blocks.0.attn.hook_pattern");
  const heads = cache.get("blocks.0.attn.hook_pattern").slice({ batch: 0, query: -1 });
  assertEquals(pattern.activation.length, heads.data.length);
  pattern.activation.forEach((value, i) => assertAlmostEquals(value, heads.data[i], 1e-5));
  await model.dispose();
});

Deno.test("pairs of unequal length are refused by their line, before anything is computed", async () => {
  await using folder = await temporaryFolder();
  const [pair] = pairLines(1);
  const lines = [pair, { ...pair, id: "b", clean: [...pair.clean, 1] }];
  await writeFiles(folder.path, {
    "pairs.jsonl": lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  const flags = ["--model", grouped, "--pairs", `${folder.path}/pairs.jsonl`];
  await assertRejects(
    () => patch([...flags, "--sites", "heads", "--out", `${folder.path}/o.csv`]),
    CircuitbookError,
    "line 2: Expected two prompts with the same number of tokens but found 4 and 3 tokens.",
  );
});

Deno.test("a table of activations that does not fit into memory is refused before the model runs", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/o.parquet`;
  const flags = [...await flagsFor(folder.path, promptLines(10, 12)), "--out", out];
  const args = (...more: string[]) => parseTraceArguments([...flags, ...more])!;
  const stream = ["--tap", "blocks.0.hook_resid_post"];
  const said: string[] = [];
  const lengths = promptLines(10, 12).map(({ tokens }) => tokens.length);
  const positions = lengths.reduce((a, b) => a + b, 0);
  const refused = async (given: ReturnType<typeof args>, bytes: number) => {
    const { message } = await assertRejects(
      () => traceToTable(given, (line) => said.push(line), quiet, bytes - 1),
      CircuitbookError,
      "for the activations of all prompts",
    );
    assertStringIncludes(message, "of memory that are left but found one that needs");
    assertStringIncludes(message, "--shard 1/N");
  };
  // Twenty bytes for each number: as a result, in JavaScript (twice as wide), table and file. The
  // model has 32 dimensions and 4 heads.
  await refused(args(...stream), 20 * 32 * positions);
  await refused(args(...stream, "--positions", "0,-1"), 20 * 32 * 2 * 10);
  const squares = lengths.reduce((sum, length) => sum + length * length, 0);
  await refused(args("--tap", "blocks.1.attn.hook_pattern"), 20 * 4 * squares);
  assertEquals(said, []);
  const part = args(...stream, "--shard", "1/5");
  await traceToTable(part, () => {}, quiet, 20 * 32 * (lengths[0] + lengths[1]));
  assertEquals(pl.readParquet(out).height, lengths[0] + lengths[1]);
});

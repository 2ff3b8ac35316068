import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { CircuitbookError, knockOut, loadModel } from "circuitbook";
import { parseSweepArguments } from "../../lib/commands/sweep/arguments.ts";
import { mergedTable } from "../../lib/commands/shards/merge.ts";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { flagsFor, grouped, names, promptLines, rowsOf, sweep } from "./sweep_files.ts";

Deno.test("a sweep's table equals whole runs with each head knocked out, prompts of unequal length in order", async () => {
  await using folder = await temporaryFolder();
  const lines = promptLines(18, 30);
  const flags = await flagsFor(folder.path, lines);
  const said = await sweep([...flags, "--heads", "all", "--out", `${folder.path}/all.parquet`]);
  assertEquals(said.length, 2);
  assertStringIncludes(said[0], "on cpu in f32 (asked for)");
  assertEquals(names(folder.path), ["all.parquet", "prompts.jsonl"]);
  const rows = rowsOf(`${folder.path}/all.parquet`);
  const model = await loadModel(grouped, { device: "cpu" });
  assertEquals(Object.keys(rows[0]), [
    "id",
    "layer",
    "head",
    "baseline",
    "value",
    "effect",
    "dtype",
  ]);
  assertEquals(rows.length, 18 * 8);
  for (const [i, { id, layer, head, baseline, value, effect }] of rows.entries()) {
    const line = lines[Math.floor(i / 8)];
    const answer = line.answer as number;
    const against = line.against as number;
    assertEquals([id, layer, head], [line.id, Math.floor(i % 8 / 4), i % 4]);
    const whole = await model.run(line.tokens, { logits: [-1] });
    const silenced = await model.run(line.tokens, {
      logits: [-1],
      edit: knockOut([[layer, head]]),
    });
    assertAlmostEquals(baseline, whole.logits.data[answer] - whole.logits.data[against], 1e-4);
    assertAlmostEquals(value, silenced.logits.data[answer] - silenced.logits.data[against], 1e-4);
    assertEquals(effect, value - baseline);
  }
  await model.dispose();
});

Deno.test("a sweep's progress counts up to all runs, with prompts of unequal length and in several groups", async () => {
  await using folder = await temporaryFolder();
  const flags = await flagsFor(folder.path, promptLines(18, 30));
  const counts: number[] = [];
  await sweep([...flags, "--heads", "all", "--out", `${folder.path}/all.parquet`], {
    onProgress: (event) => event && counts.push(event.done),
  });
  assertEquals(counts, counts.toSorted((a, b) => a - b));
  assertEquals(counts.at(-1), 18 * 8);
  assertGreater(counts.length, 2);
});

Deno.test("a sweep's table is the same from any batch size, as CSV and as Parquet, by layer and head", async () => {
  await using folder = await temporaryFolder();
  const flags = await flagsFor(folder.path, promptLines(18, 30));
  const heads = ["--heads", "1.3,0.2"];
  for (const size of ["1", "5"]) {
    await sweep([...flags, ...heads, "--batch-size", size, "--out", `${folder.path}/${size}.csv`]);
  }
  await sweep([...flags, ...heads, "--out", `${folder.path}/any.parquet`]);
  const expected = rowsOf(`${folder.path}/any.parquet`);
  assertEquals(expected.slice(0, 2).map(({ layer, head }) => [layer, head]), [[0, 2], [1, 3]]);
  for (const size of ["1", "5"]) {
    rowsOf(`${folder.path}/${size}.csv`).forEach(({ value, effect, ...row }, i) => {
      const { value: expectedValue, effect: expectedEffect, ...rest } = expected[i];
      assertEquals(row, rest);
      assertAlmostEquals(value, expectedValue, 1e-5);
      assertAlmostEquals(effect, expectedEffect, 1e-5);
    });
  }
});

Deno.test("a sweep takes texts and tokens by their text, and ids keep their type", async () => {
  await using folder = await temporaryFolder();
  const model = await loadModel(grouped, { device: "cpu" });
  const { tokenizer } = model;
  const [a, b] = tokenizer.encode("ab");
  const byText = { text: "a b", tokens: null, answer: "a", against: "b", note: "of no concern" };
  const byTokens = { tokens: tokenizer.encode("a b"), answer: a, against: b };
  const out = `${folder.path}/out.parquet`;
  const flags = ["--heads", "0.0", "--out", out];
  const cases = [[["01", "2"], ["01", "2"]], [[12, -3], [12, -3]], [["x", 4], ["x", "4"]]] as const;
  for (const [[first, second], expected] of cases) {
    const lines = await flagsFor(folder.path, [{ id: first, ...byText }, {
      id: second,
      ...byTokens,
    }]);
    await sweep([...lines, ...flags]);
    const [one, two] = rowsOf(out);
    assertEquals([one.id, two.id], [...expected]);
    assertEquals([one.baseline, one.value], [two.baseline, two.value]);
    await Deno.remove(out);
  }
  await model.dispose();
});

Deno.test("a sweep refuses every bad line by its number before anything is computed, and leaves no file", async () => {
  await using folder = await temporaryFolder();
  const good = { id: "a", tokens: [1, 2], answer: 7, against: 11 };
  const cases: [line: unknown, ...parts: string[]][] = [
    [{ ...good, id: "a" }, 'an "id" that no other line has', "line 1"],
    [{ ...good, id: "both", text: "a" }, '"text" or "tokens"', "both"],
    [{ ...good, id: "neither", tokens: undefined }, '"text" or "tokens"', "neither"],
    [{ ...good, id: "outside", tokens: [1, 96] }, "a token id from 0 to 95", "96"],
    [{ ...good, id: "no ids", tokens: [1, "2"] }, '"tokens" to be a list of token ids', '[1,"2"]'],
    [{ ...good, id: "none", tokens: [] }, "at least one token", "an empty prompt"],
    [{ ...good, id: "long", tokens: Array(65).fill(1) }, "at most 64 tokens", "65"],
    [{ ...good, id: "two", answer: "ab" }, "the text of one token", '"ab"', '(as "answer")'],
    [{ ...good, id: "high", against: 96 }, "a token id from 0 to 95 as", "96"],
    [
      { ...good, id: "half", answer: 7.5 },
      '"answer" to be the text of one token, or its id',
      "7.5",
    ],
    [{ ...good, id: "missing", against: undefined }, '"against"', "nothing"],
    [{ ...good, id: "same", against: 7 }, '"answer" and "against" to differ', "token 7"],
    [{ ...good, id: 1.5 }, '"id" to be a text or a whole number', "1.5"],
    [{ ...good, id: undefined }, '"id" to be', "nothing"],
    [[1], "a line to be an object", "[1]"],
  ];
  const flags = await flagsFor(folder.path, [good, ...cases.map(([line]) => line)]);
  await Deno.writeTextFile(`${folder.path}/prompts.jsonl`, "\n\n{ nonsense\n", { append: true });
  const error = await assertRejects(
    () => sweep([...flags, "--heads", "all", "--out", `${folder.path}/none.csv`]),
    CircuitbookError,
    "found 16 bad lines",
  );
  const [, ...told] = error.message.split("\n");
  [...cases, [undefined, "Expected JSON", "{ nonsense"] as const].forEach(([, ...parts], i) => {
    assertEquals(told[i].split(":")[0], `line ${i < cases.length ? i + 2 : i + 3}`);
    for (const part of parts) assertStringIncludes(told[i], part);
  });
  assertEquals(names(folder.path), ["prompts.jsonl"]);
});

Deno.test("a sweep refuses files and heads that are not there, and an --out that is", async () => {
  await using folder = await temporaryFolder();
  const flags = await flagsFor(folder.path, promptLines(1, 4));
  const out = `${folder.path}/out.csv`;
  await writeFiles(folder.path, { "empty.jsonl": "\n \n", "older.csv": "older" });
  const empty = flags.with(3, `${folder.path}/empty.jsonl`);
  const missing = flags.with(3, `${folder.path}/missing.jsonl`);
  const cases: [flags: string[], part: string][] = [
    [[...empty, "--heads", "all", "--out", out], "at least one prompt"],
    [[...missing, "--heads", "all", "--out", out], "missing.jsonl but found no file"],
    [
      [...flags, "--heads", "0.1,2.0", "--out", out],
      "heads from 0.0 to 1.3 (layer.head) but found 2.0",
    ],
    [[...flags, "--heads", "0.4", "--out", out], "found 0.4"],
    [[...flags, "--heads", "all", "--out", `${folder.path}/older.csv`], "a new file as --out"],
    [
      [...flags, "--heads", "all", "--out", `${folder.path}/older.csv`, "--resume"],
      "a new file as --out",
    ],
    [[...flags, "--heads", "all", "--out", `${folder.path}/no/out.csv`], "make it first"],
    [[...flags.with(5, "tpu"), "--heads", "all", "--out", out], "tpu"],
  ];
  for (const [flags, part] of cases) {
    await assertRejects(() => sweep(flags), CircuitbookError, part);
  }
  assertEquals(names(folder.path), ["empty.jsonl", "older.csv", "prompts.jsonl"]);
  assertEquals(await Deno.readTextFile(`${folder.path}/older.csv`), "older");
});

Deno.test("a sweep's flags are checked", () => {
  const given = ["--model", "m", "--prompts", "p.jsonl"];
  const whole = [...given, "--heads", "all", "--out", "o.csv"];
  const cases: [flags: string[], ...parts: string[]][] = [
    [[], "Expected --model", "--help"],
    [[...given, "--out", "o.csv"], "Expected --heads"],
    [[...given, "--heads", "all"], "Expected --out"],
    [[...whole, "--resum"], '"--resum";', "nearest: --resume"],
    [[...whole, "--resume=yes"], "--resume without a value"],
    [[...whole, "1.5"], 'a flag but found "1.5"'],
    [[...whole, "--device"], "a value after --device", "none"],
    [[...whole, "--device", "--resume"], "a value after --device", "--resume"],
    [[...whole, "--heads", "all"], "--heads once"],
    [[...whole, "--batch-size", "0"], "at least 1 after --batch-size"],
    [[...given, "--heads", "1.5,3", "--out", "o.csv"], "layer.head", '"3"'],
    [[...given, "--heads", "1.5,1.5", "--out", "o.csv"], "each head once", "1.5"],
    [[...given, "--heads", "all", "--out", "o.json"], ".parquet or .csv", "o.json"],
  ];
  for (const [flags, ...parts] of cases) {
    const { message } = assertThrows(() => parseSweepArguments(flags), Error);
    for (const part of parts) assertStringIncludes(message, part);
  }
  assertEquals(parseSweepArguments(["-h"]), undefined);
  assertEquals(parseSweepArguments([...given, "--heads", "3.2,1.5", "--out=o.csv"])?.heads, [
    [1, 5],
    [3, 2],
  ]);
});

Deno.test("--ignore-config leaves attributes of config.json out, and what was left out is part of a shard's identity", async () => {
  await using folder = await temporaryFolder();
  const model = `${folder.path}/model`;
  await Deno.mkdir(model);
  for await (const { name } of Deno.readDir(grouped)) {
    await Deno.copyFile(`${grouped}/${name}`, `${model}/${name}`);
  }
  const config = JSON.parse(await Deno.readTextFile(`${model}/config.json`));
  const more = { ...config, logit_scale: 2, residual_clip: 1 };
  await Deno.writeTextFile(`${model}/config.json`, JSON.stringify(more));
  const flags = await flagsFor(folder.path, promptLines(2, 8));
  const edited = [...flags, "--heads", "1.3"].map((flag) => flag === grouped ? model : flag);
  const ignored = ["--ignore-config", "residual_clip, logit_scale"];
  const to = (name: string) => ["--out", `${folder.path}/${name}.parquet`];
  await assertRejects(
    () => sweep([...edited, ...to("a")]),
    CircuitbookError,
    "--ignore-config logit_scale",
  );
  await sweep([...edited, ...ignored, ...to("whole")]);
  await sweep([...flags, "--heads", "1.3", ...to("plain")]);
  assertEquals(rowsOf(`${folder.path}/whole.parquet`), rowsOf(`${folder.path}/plain.parquet`));

  await sweep([...edited, ...ignored, ...to("1"), "--shard", "1/2"]);
  await sweep([...flags, "--heads", "1.3", ...to("2"), "--shard", "2/2"]);
  const shards = [2, 1].map((i) => `${folder.path}/${i}.parquet`);
  await assertRejects(
    () => mergedTable(shards),
    CircuitbookError,
    "without logit_scale without residual_clip",
  );
  assertThrows(
    () => parseSweepArguments([...edited, "--ignore-config", "a,,b", ...to("b")]),
    Error,
    "Expected names of attributes",
  );
});

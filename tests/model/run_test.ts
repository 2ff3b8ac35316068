import { assert, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, InterruptedError, type ProgressEvent, type Tensor } from "circuitbook";
import { assertSame, smallModel } from "./models.ts";

const residual = "blocks.0.hook_resid_post";
const z = "blocks.1.attn.hook_z";
const pattern = "blocks.1.attn.hook_pattern";
const taps = [residual, z, pattern, "blocks.0.attn.hook_k", "logits"];

Deno.test("positions and heads selected inside the graph are slices of the whole activations", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const rows = [A, A.toReversed()];
  const whole = await model.run(rows, { tap: taps });
  for (const positions of [[-1], [3, 0, -2], { from: 4, to: 7 }, { from: -3 }, 5]) {
    const some = await model.run(rows, { tap: taps, positions });
    for (const name of taps) {
      const axis = name === pattern ? "query" : "position";
      const kept = typeof positions === "number" ? [positions] : positions;
      assertSame(
        some.get(name),
        whole.get(name).slice({ [axis]: kept }),
        1e-5,
        `${name} ${JSON.stringify(positions)}`,
      );
    }
  }
  const heads = await model.run(rows, {
    tap: [{ at: z, heads: [-1, 1] }, { at: pattern, heads: [2], positions: [6] }, {
      at: "blocks.0.attn.hook_k",
      heads: [1],
    }],
  });
  assertSame(heads.get(z), whole.get(z).slice({ head: [-1, 1] }), 1e-5, "z");
  assertSame(
    heads.get(pattern),
    whole.get(pattern).slice({ head: [2], query: [6] }),
    1e-5,
    "pattern",
  );
  assertSame(
    heads.get("blocks.0.attn.hook_k"),
    whole.get("blocks.0.attn.hook_k").slice({ kv_head: [1] }),
    1e-5,
    "k",
  );
});

Deno.test("a list of positions for each row gives one axis of examples, row by row", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const positions = [[0, -1, 4], [], [2]];
  const rows = [A, B, B];
  const cache = await model.run(rows, {
    tap: [residual, { at: z, heads: [1] }],
    positions,
    logits: positions,
  });
  assertEquals(cache.get(residual).sizes, { example: 4, d_model: 32 });
  assertEquals(cache.get(z).sizes, { example: 4, head: 1, d_head: 8 });
  const examples = positions.flatMap((list, row) => list.map((position) => ({ row, position })));
  for (const [example, { row, position }] of examples.entries()) {
    const alone = await model.run(rows[row], { tap: [residual, "logits"] });
    for (const name of [residual, "logits"]) {
      const expected = alone.get(name).slice({ batch: 0, position });
      assertSame(
        cache.get(name).slice({ example }),
        expected,
        1e-5,
        `${name} of example ${example}`,
      );
    }
  }
});

Deno.test("many rows of unequal length, run some at a time, are what each row alone is", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const rows = Array.from(
    { length: 150 },
    (_, row) => Array.from({ length: 5 + row % 40 }, (_, i) => (13 * row + 5 * i) % 96),
  );
  const shift = rows.map((_, row) => [[row / 50]]);
  const edit = [{ at: residual, shift }, { at: z, rows: [3, -1], heads: [2], scale: 0 }];
  const events: (ProgressEvent | undefined)[] = [];
  const whole = await model.run(rows, {
    edit,
    tap: [residual, pattern, "logits"],
    onProgress: (event) => events.push(event),
  });
  const last = await model.run(rows, { edit, tap: residual, positions: [-1], logits: [-1] });
  const listed = await model.run(rows, {
    edit,
    tap: residual,
    positions: rows.map((_, row) => row % 2 ? [row % 5] : []),
  });
  assertEquals(events.at(-2), { label: "run", done: 150, total: 150, unit: "rows" });
  assert(events.length > 3 && events.at(-1) === undefined, "several chunks");
  for (const row of [0, 3, 17, 44, 45, 111, 149]) {
    const one = [
      { at: residual, shift: row / 50 },
      ...row === 3 || row === 149 ? [{ at: z, heads: [2], scale: 0 }] : [],
    ];
    const alone = await model.run(rows[row], { edit: one, tap: [residual, pattern, "logits"] });
    for (const name of whole.names) {
      assertSame(whole.row(row).get(name), alone.get(name), 1e-5, `${name} of row ${row}`);
    }
    for (const name of [residual, "logits"]) {
      const found = last.get(name).slice({ batch: row, position: 0 });
      assertSame(
        found,
        alone.get(name).slice({ batch: 0, position: -1 }),
        1e-5,
        `last ${name} of row ${row}`,
      );
    }
    if (row % 2 === 0) continue;
    const found = listed.get(residual).slice({ example: (row - 1) / 2 });
    assertSame(
      found,
      alone.get(residual).slice({ batch: 0, position: row % 5 }),
      1e-5,
      `listed row ${row}`,
    );
  }
});

Deno.test("attention of one query in rows of unequal length, run some at a time, is what each row alone has", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const rows = Array.from(
    { length: 120 },
    (_, row) => Array.from({ length: 5 + row % 40 }, (_, i) => (7 * row + i) % 96),
  ).sort((a, b) => a.length - b.length);
  const { [0]: first, [rows.length - 1]: longest } = rows;
  const { sizes, data } = (await model.run(rows, { tap: pattern, positions: [-1] })).get(pattern);
  assertEquals(sizes, { batch: 120, head: 4, query: 1, key: longest.length });
  const alone = (await model.run(first, { tap: pattern, positions: [-1] })).get(pattern);
  const keys = longest.length;
  for (let head = 0; head < 4; head++) {
    const found = [...data.slice(head * keys, (head + 1) * keys)];
    assertEquals(found.slice(0, keys - first.length).every((share) => share === 0), true);
    const expected = [...alone.slice({ head, batch: 0, query: 0 }).data];
    found.slice(-first.length).forEach((share, key) =>
      assert(Math.abs(share - expected[key]) < 1e-6)
    );
  }
});

Deno.test("positions of a few of many rows are what these rows alone have, though most chunks have none", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const tap = "ln_final.hook_normalized";
  const rows = Array.from({ length: 300 }, (_, row) => row === 299 ? B : A);
  const positions = rows.map((_, row) => row === 0 ? [3] : row === 299 ? [-1, 2] : []);
  const alone = await model.run([A, B], { tap, positions: [[3], [-1, 2]] });
  assertSame(
    (await model.run(rows, { tap, positions })).get(tap),
    alone.get(tap),
    1e-5,
    "a few rows",
  );
});

Deno.test("logits are returned for the positions asked for, and not at all when something else is tapped", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const { logits } = await model.run(A);
  assertSame(
    (await model.run(A, { logits: [-1, 2] })).logits,
    logits.slice({ position: [-1, 2] }),
    1e-5,
    "two positions",
  );
  assertEquals((await model.run(A, { tap: residual })).names, [residual]);
  assertEquals((await model.run(A, { tap: residual, logits: true })).names, [residual, "logits"]);
  assertEquals((await model.run(A, { tap: "**" })).names, model.hookPoints.map(({ name }) => name));
});

Deno.test("text and its tokens give the same logits; a batch may mix them", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const text = "11 + 5 =";
  const [tokens] = model.tokens(text);
  const { logits } = await model.run(text);
  assertSame((await model.run(tokens)).logits, logits, 0, "tokens");
  const { logits: both } = await model.run([text, tokens]);
  for (const batch of [0, 1]) {
    assertSame(both.slice({ batch: [batch] }), logits, 1e-5, `row ${batch}`);
  }
});

Deno.test("padding is NaN in every activation, and the tokens beside it are those of the row alone", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const pad = A.length - B.length;
  const cache = await model.run([A, B], { tap: taps });
  for (const name of taps) {
    const axis = name === pattern ? "query" : "position";
    const tensor = cache.get(name);
    assert(tensor.slice({ batch: [1], [axis]: { to: pad } }).data.every(Number.isNaN), name);
    assert(tensor.slice({ batch: [0] }).data.every((value) => !Number.isNaN(value)), name);
    const alone = (await model.run([B], { tap: name })).get(name);
    assertSame(cache.row(1).get(name), alone, 1e-5, name);
  }
  const { cache: written } = await model.generate([A, B], { tap: pattern, maxNewTokens: 2 });
  assert(written.get(pattern).slice({ batch: [1], query: { to: pad } }).data.every(Number.isNaN));
});

Deno.test("layers() stacks a point of every layer, and row() strips the padding", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const cache = await model.run([A, B], { tap: ["blocks.*.hook_resid_post", pattern] });
  const stacked: Tensor = cache.layers("blocks.*.hook_resid_post");
  assertEquals(stacked.sizes, { layer: 2, batch: 2, position: 12, d_model: 32 });
  assertSame(stacked.slice({ layer: 1 }), cache.get("blocks.1.hook_resid_post"), 0, "layer 1");
  const row = cache.row(1);
  assertEquals([row.tokens, row.get(pattern).sizes], [[B], {
    batch: 1,
    head: 4,
    query: 7,
    key: 7,
  }]);
  await assertRejects(
    () => Promise.resolve().then(() => cache.get("blocks.1.hook_resid_pst")),
    CircuitbookError,
    "nearest: blocks.1.hook_resid_post",
  );
});

Deno.test("row() keeps chosen positions, and strips the padding from the keys of chosen queries", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const name = "blocks.1.hook_resid_post";
  // As many positions as the longest row has tokens: -1 and 6 are the same token of B.
  const positions = [...B.keys(), 0, 1, 2, 3, -1];
  assertEquals(positions.length, A.length);
  const tap = [name, pattern];
  const cache = await model.run([A, B], { tap, positions });
  const alone = await model.run([B], { tap, positions });
  for (const point of tap) {
    assertSame(cache.row(1).get(point), alone.get(point), 1e-5, point);
  }
  for (const activations of ["keep", "recompute"] as const) {
    const at = { at: name, positions };
    const { gradients } = await model.gradients([A, B], { logProbability: 7 }, { at, activations });
    assertEquals(gradients.row(1).get(name).sizes, { batch: 1, position: 12, d_model: 32 });
  }
});

Deno.test("a signal stops a run before it starts and between rows; the model goes on working", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const { logits } = await model.run(A);
  await assertRejects(
    () => model.run(A, { signal: AbortSignal.abort() }),
    InterruptedError,
    "stopped",
  );
  const stop = new AbortController();
  const seen: (number | undefined)[] = [];
  const onProgress = (event?: ProgressEvent) => {
    seen.push(event?.done);
    if (event?.done) stop.abort();
  };
  const rows = Array.from({ length: 500 }, () => A);
  await assertRejects(
    () => model.run(rows, { signal: stop.signal, onProgress, logits: [-1] }),
    InterruptedError,
  );
  assert(seen.length === 3 && seen[0] === 0 && seen[1]! < 500 && seen[2] === undefined);
  assertSame((await model.run(A)).logits, logits, 0, "logits");
});

Deno.test("a model that was disposed of compiles anew", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const { logits } = await model.run(A);
  await model.dispose();
  assertSame((await model.run(A)).logits, logits, 0, "logits");
});

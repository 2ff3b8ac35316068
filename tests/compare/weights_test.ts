// The reference comes from PyTorch: tests/data/compare_reference.py.
import { checkpoints, CircuitbookError, compare, families, InterruptedError } from "circuitbook";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";

type Row = Record<string, number | string | null>;
type Reference = Record<"matrices" | "heads" | "valueVectors", Record<string, number[]>> & {
  columns: string[];
};

const reference: Reference = JSON.parse(
  await Deno.readTextFile(new URL("../data/compare_reference.json", import.meta.url)),
);
const embedded = (name: string) => checkpoints.openCheckpoint(`data/models/${name}`);
const small = (name: string) => checkpoints.openCheckpoint(`tests/data/checkpoints/${name}`);

/** A checkpoint like another, each number changed in its own way. */
async function changed(
  original: checkpoints.Checkpoint,
  folder: string,
): Promise<checkpoints.Checkpoint> {
  const tensors: Record<string, { data: Float32Array; shape: readonly number[] }> = {};
  for (const [name, { shape }] of original.tensors) {
    const data = (await original.read(name)).map((value, i) =>
      i % 5 ? value + 0.1 * Math.sin(i + name.length) : value
    );
    tensors[name] = { data, shape };
  }
  await checkpoints.writeSafetensors(`${folder}/model.safetensors`, tensors);
  await writeFiles(folder, { "config.json": original.config });
  return await checkpoints.openCheckpoint(folder);
}

/** The measures of two lists of numbers, each in its own pass. */
function plain(a: number[], b: number[]): Row {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const [normBefore, normAfter] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  const difference = b.map((value, i) => value - a[i]);
  return {
    values: a.length,
    cosine: dot(a, b) / normBefore / normAfter,
    normBefore,
    normAfter,
    normChange: normAfter - normBefore,
    relativeChange: normAfter / normBefore - 1,
    distance: Math.sqrt(dot(difference, difference)) / normBefore,
    unchanged: a.filter((value, i) => value === b[i]).length / a.length,
  };
}

function assertRow(found: Row, expected: Row, label: string): void {
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(found[name] as number, value as number, 1e-6, `${label} ${name}`);
  }
}

Deno.test("every matrix, head and value vector of the embedded pair moved as far as PyTorch says", async () => {
  const found = await compare.weights(
    await embedded("countdown-base"),
    await embedded("countdown-r1"),
  );
  const keys = {
    matrices: ({ tensor }: Row) => `${tensor}`,
    heads: ({ layer, component, index }: Row) => `${layer} ${component} ${index}`,
    valueVectors: ({ layer, index }: Row) => `${layer} ${index}`,
  };
  for (const kind of ["matrices", "heads", "valueVectors"] as const) {
    const rows = new Map(
      found[kind].toRecords().map((row) => [keys[kind](row as Row), row as Row]),
    );
    assertEquals(
      rows.size,
      kind === "valueVectors" ? 8 * 512 : Object.keys(reference[kind]).length,
      kind,
    );
    for (const [key, values] of Object.entries(reference[kind])) {
      const expected = Object.fromEntries(reference.columns.map((name, i) => [name, values[i]]));
      assertRow(rows.get(key)!, expected, `${kind} ${key}`);
    }
  }
});

Deno.test("fused matrices stored [in, out] are taken apart by head, and by neuron, whatever the size of the blocks", async () => {
  await using folder = await temporaryFolder();
  const before = await small("gpt2_full");
  const after = await changed(before, folder.path);
  const read = async (name: string) => {
    const width = before.tensors.get(`transformer.h.1.${name}`)!.shape.at(-1)!;
    const pair = [
      await before.read(`transformer.h.1.${name}`),
      await after.read(`transformer.h.1.${name}`),
    ];
    return (keep: (row: number, column: number) => boolean) =>
      pair.map((data) => [...data].filter((_, i) => keep(Math.floor(i / width), i % width))) as [
        number[],
        number[],
      ];
  };
  const [fused, output, neurons] = [
    await read("attn.c_attn.weight"),
    await read("attn.c_proj.weight"),
    await read("mlp.c_proj.weight"),
  ];
  // d_model 32, 4 heads of 8: queries, keys and values stand side by side in c_attn [32, 96].
  for (const blockValues of [1, 100, 700, 1 << 20]) {
    const { matrices, heads, valueVectors } = await compare.weights(before, after, { blockValues });
    const row = (table: Pick<typeof heads, "toRecords">, component: string, index?: number) =>
      table.toRecords().find((row) =>
        row.layer === 1 && row.component === component &&
        (index === undefined || row.index === index)
      ) as Row;
    for (let head = 0; head < 4; head++) {
      const own = (start: number) => (at: number) =>
        Math.floor((at - start) / 8) === head && at >= start && at < start + 32;
      for (const [i, component] of ["Q", "K", "V"].entries()) {
        const [a, b] = fused((_, column) => own(32 * i)(column));
        assertRow(row(heads, component, head), plain(a, b), `${component} ${head}`);
      }
      const [a, b] = output((line) => own(0)(line));
      assertRow(row(heads, "O", head), plain(a, b), `O ${head}`);
    }
    assertRow(row(matrices, "K"), plain(...fused((_, column) => column >= 32 && column < 64)), "K");
    for (const neuron of [0, 1, 17, 47]) {
      assertRow(
        row(valueVectors, "value", neuron),
        plain(...neurons((line) => line === neuron)),
        `${neuron}`,
      );
    }
    const [first] = neurons((line) => line === 16);
    const [, second] = neurons((line) => line === 17);
    const { control } = row(valueVectors, "value", 17);
    assertAlmostEquals(control as number, plain(first, second).cosine as number, 1e-9);
    const [third] = output((line) => line >= 16 && line < 24);
    const [, last] = output((line) => line >= 24);
    assertAlmostEquals(
      row(heads, "O", 3).control as number,
      plain(third, last).cosine as number,
      1e-9,
    );
    assertEquals(row(valueVectors, "value", 0).control, null);
  }
});

Deno.test("the control of matrices stored [out, in] is the neighbour before, across the borders of blocks", async () => {
  await using folder = await temporaryFolder();
  const before = await small("qwen3_grouped");
  const after = await changed(before, folder.path);
  const name = "model.layers.0.self_attn.q_proj.weight";
  const down = "model.layers.0.mlp.down_proj.weight";
  const [a, b] = [[...await before.read(name)], [...await after.read(name)]];
  const [v, w] = [[...await before.read(down)], [...await after.read(down)]];
  // A head's queries are 16 rows of 32; a value vector is one of 48 columns.
  for (const blockValues of [1, 600, 1 << 20]) {
    const { heads, valueVectors } = await compare.weights(before, after, { blockValues });
    for (const head of [1, 2, 3]) {
      const found = heads.toRecords().find(({ component, index }) =>
        component === "Q" && index === head
      )!;
      const expected = plain(
        a.slice((head - 1) * 512, head * 512),
        b.slice(head * 512, (head + 1) * 512),
      );
      assertAlmostEquals(found.control as number, expected.cosine as number, 1e-9);
    }
    const column = (data: number[], index: number) => data.filter((_, i) => i % 48 === index);
    assertAlmostEquals(
      valueVectors.getColumn("control").toArray()[30] as number,
      plain(column(v, 29), column(w, 30)).cosine as number,
      1e-9,
    );
  }
});

Deno.test("all tensors of every family are compared: nothing is left out or counted twice", async () => {
  for await (const { name } of Deno.readDir("tests/data/checkpoints")) {
    const checkpoint = await small(name);
    const { matrices, heads, valueVectors } = await compare.weights(checkpoint, checkpoint);
    const { parts } = families.architectureOfCheckpoint(checkpoint);
    const sum = (table: typeof matrices) =>
      (table.toRecords() as Row[]).reduce((total, { values }) => total + (values as number), 0);
    const shapes = [...checkpoint.tensors.values()].map(({ shape }) =>
      shape.reduce((a, b) => a * b, 1)
    );
    assertEquals(sum(matrices), shapes.reduce((a, b) => a + b, 0), name);
    assertEquals(
      new Set(
        matrices.getColumn("tensor").toArray().map((tensor) =>
          parts.get(String(tensor))?.of ?? tensor
        ),
      ),
      new Set(checkpoint.tensors.keys()),
      name,
    );
    assert(heads.height > 0);
    assertEquals(
      valueVectors.height,
      { attention_only: 0, gpt2_full: 2 * 128 }[name] ?? 2 * 48,
      name,
    );
    for (const row of [...matrices.toRecords(), ...heads.toRecords()] as Row[]) {
      assertAlmostEquals(row.cosine as number, 1, 1e-12, `${name} ${row.component}`);
      assertEquals(
        [row.normChange, row.distance, row.unchanged],
        [0, 0, 1],
        `${name} ${row.component}`,
      );
    }
  }
});

Deno.test("grouped key/value heads are counted on their own axis", async () => {
  const checkpoint = await small("qwen2_grouped");
  const { heads } = await compare.weights(checkpoint, checkpoint);
  const counts = Map.groupBy(heads.toRecords(), ({ component, axis }) => `${component} ${axis}`);
  assertEquals([...counts].map(([key, rows]) => [key, rows.length]), [
    ["Q head", 8],
    ["K kv_head", 4],
    ["V kv_head", 4],
    ["O head", 8],
  ]);
});

Deno.test("checkpoints of unlike architecture are refused by their first difference", async () => {
  const refused = async (one: string, other: string, ...parts: string[]) => {
    const [before, after] = [await small(one), await small(other)];
    const refusal = await assertRejects(() => compare.weights(before, after), CircuitbookError);
    for (const part of [...parts, before.folder, after.folder]) {
      assertStringIncludes(refusal.message, part);
    }
  };
  await refused("qwen2_grouped", "gpt2_full", "family qwen2", "gpt2");
  await refused("qwen2_grouped", "qwen2_full", "kvHeads 2", "4");
  await refused("llama_single", "llama_llama3_rope", "kvHeads 1");
  await using folder = await temporaryFolder();
  const separate = await changed(await small("qwen2_full"), folder.path);
  await writeFiles(folder.path, {
    "config.json": { ...separate.config as object, tie_word_embeddings: true },
  });
  const tied = await checkpoints.openCheckpoint(folder.path);
  await assertRejects(
    () => compare.weights(separate, tied),
    CircuitbookError,
    "embeddings that are separate",
  );
  await assertRejects(
    () => compare.weights(tied, tied),
    CircuitbookError,
    'Expected "lm_head.weight" to repeat "model.embed_tokens.weight"',
  );
});

Deno.test("vectors of zeros have no cosine, and a norm that changed from zero no relative change", async () => {
  await using folder = await temporaryFolder();
  const after = await small("qwen2_grouped");
  const name = "model.layers.0.self_attn.q_proj.bias";
  const tensors: Record<string, { data: Float32Array; shape: readonly number[] }> = {};
  for (const [key, { shape }] of after.tensors) {
    const data = await after.read(key);
    tensors[key] = { data: key === name ? new Float32Array(data.length) : data, shape };
  }
  await checkpoints.writeSafetensors(`${folder.path}/model.safetensors`, tensors);
  await writeFiles(folder.path, { "config.json": after.config });
  const { matrices } = await compare.weights(await checkpoints.openCheckpoint(folder.path), after);
  const row = matrices.toRecords().find(({ tensor }) => tensor === name)!;
  assertEquals([row.cosine, row.relativeChange, row.distance, row.normBefore], [
    null,
    null,
    null,
    0,
  ]);
});

Deno.test("progress counts the numbers of one checkpoint, and a stop ends the comparison", async () => {
  const checkpoint = await small("qwen2_grouped");
  const seen: number[] = [];
  let total = 0;
  await compare.weights(checkpoint, checkpoint, {
    blockValues: 64,
    onProgress: (event) => event && (total = event.total, seen.push(event.done)),
  });
  assertEquals(seen.at(-1), total);
  assert(seen.length > 100 && seen.every((done, i) => i === 0 || done > seen[i - 1]));

  const controller = new AbortController();
  let reports = 0;
  await assertRejects(
    () =>
      compare.weights(checkpoint, checkpoint, {
        signal: controller.signal,
        onProgress: () => ++reports === 3 && controller.abort(),
      }),
    InterruptedError,
  );
  assert(reports <= 5);
});

Deno.test("unknown options of the comparison are refused", async () => {
  const checkpoint = await small("qwen2_grouped");
  const options = { blokValues: 3 } as compare.WeightOptions;
  await assertRejects(
    () => compare.weights(checkpoint, checkpoint, options),
    CircuitbookError,
    "blockValues",
  );
});

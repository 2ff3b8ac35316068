// The references come from plain PyTorch: tests/data/patching_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, patching, Tensor } from "circuitbook";
import attentionOnly from "../data/gradient_attribution_reference.json" with { type: "json" };
import reference from "../data/patching_reference.json" with { type: "json" };
import { smallModel } from "../model/models.ts";

const metric = (logits: Float32Array) => logits[7] - logits[11];
type Record = { [column: string]: number } & { to: string };
const neurons = [[0, 3], [1, 5]] as const;
const receivers = [
  { layer: 1, head: 2, input: "q" },
  { layer: 1, head: 0, input: "k" },
  { layer: 1, head: 0, input: "v" },
  { layer: 1, neuron: 5 },
  { layer: 0, neuron: 7 },
  "logits",
] as const;

for (const [name, expected] of Object.entries(reference)) {
  const pairs = { clean: [expected.rows.clean], corrupted: [expected.rows.corrupted] };

  Deno.test(`${name}: patched positions, heads, values, patterns and neurons are PyTorch's`, async () => {
    await using small = await smallModel(name);
    const { model } = small;
    const records = async (table: Promise<{ toRecords(): unknown[] }>) =>
      (await table).toRecords() as Record[];
    for (
      const { layer, position, value, corrupted, clean, restored } of await records(
        patching.positions(model, pairs, { metric }),
      )
    ) {
      assertAlmostEquals(
        value,
        expected.positions[layer][position],
        1e-4,
        `layer ${layer}, position ${position}`,
      );
      assertAlmostEquals(corrupted, expected.corrupted, 1e-4);
      assertAlmostEquals(clean, expected.clean, 1e-4);
      assertAlmostEquals(restored, (value - corrupted) / (clean - corrupted), 1e-6);
    }
    const byHead = await records(patching.heads(model, pairs, { metric }));
    for (const { layer, head, value } of byHead) {
      assertAlmostEquals(value, expected.heads[layer][head], 1e-4);
    }
    const at = "blocks.*.attn.hook_v";
    const valueHeads = await records(
      patching.heads(model, pairs, { metric, at, positions: [4, 5] }),
    );
    for (const { layer, head, value } of valueHeads) {
      assertAlmostEquals(value, expected.values[layer][head], 1e-4);
    }
    const patterns = await records(
      patching.heads(model, pairs, { metric, at: "blocks.*.attn.hook_pattern" }),
    );
    for (const { layer, head, value } of patterns) {
      assertAlmostEquals(value, expected.patterns[layer][head], 1e-4);
    }
    const byNeuron = await records(patching.neurons(model, pairs, { metric, neurons }));
    byNeuron.forEach(({ value }, i) => assertAlmostEquals(value, expected.neurons[i], 1e-4));
    assertEquals([byHead.length, valueHeads.length, patterns.length, byNeuron.length], [
      expected.heads.flat().length,
      expected.values.flat().length,
      expected.patterns.flat().length,
      2,
    ]);
  });

  Deno.test(`${name}: direct paths from heads to heads, neurons and the logits are PyTorch's`, async () => {
    await using small = await smallModel(name);
    const table = await patching.paths(small.model, pairs, {
      metric,
      from: [[0, 1], [0, 2]],
      to: receivers,
    });
    const found = (table.toRecords() as Record[]).map(({ value }) => value);
    found.forEach((value, i) =>
      assertAlmostEquals(value, expected.paths.flat()[i], 1e-4, `path ${i}`)
    );
    assertEquals(found.length, 12);
  });
}

Deno.test("rows of unequal length and any batch size give what each pair alone gives", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { clean, corrupted } = reference.qwen2_grouped.rows;
  const { model } = small;
  const pairs = { clean: [clean, clean.slice(4)], corrupted: [corrupted, corrupted.slice(4)] };
  const positions = [[3, 5, 11], [0, 7]];
  const together = (await patching.positions(model, pairs, { metric, positions, batchSize: 3 }))
    .toRecords() as Record[];
  const alone = await Promise.all([0, 1].map(async (row) => {
    const pair = { clean: pairs.clean[row], corrupted: pairs.corrupted[row] };
    return (await patching.positions(model, pair, { metric, positions: positions[row] }))
      .toRecords() as Record[];
  }));
  assertEquals(together.length, 2 * 5);
  together.forEach(({ value, row, layer, position }) => {
    const [own] = alone[row].filter((record) =>
      record.layer === layer && record.position === position
    );
    assertAlmostEquals(value, own.value, 1e-4);
  });
});

Deno.test("all scores of a layer's heads, patched, restore what all its patterns do", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { clean, corrupted } = reference.qwen2_grouped.rows;
  const pairs = { clean: [clean], corrupted: [corrupted] };
  const patched = async (point: string) => {
    const table = await patching.heads(small.model, pairs, {
      metric,
      at: `blocks.*.attn.${point}`,
    });
    return table.getColumn("value").toArray();
  };
  const patterns = await patched("hook_pattern");
  (await patched("hook_attn_scores")).forEach((value, i) =>
    assertAlmostEquals(value, patterns[i], 1e-4)
  );
});

Deno.test("what comes before the first difference restores nothing, and everything together restores all", async () => {
  await using small = await smallModel("llama_single");
  const { clean, corrupted } = reference.llama_single.rows;
  const pairs = { clean: [clean], corrupted: [corrupted] };
  const before = await patching.positions(small.model, pairs, { metric, positions: { to: 3 } });
  assertEquals(new Set(before.getColumn("restored").toArray()), new Set([0]));
  const whole = [{ names: { all: 1 }, targets: [{ at: "blocks.1.hook_resid_pre" }] }];
  const [{ restored }] = (await patching.patch(small.model, pairs, whole, { metric }))
    .toRecords() as Record[];
  assertAlmostEquals(restored, 1, 1e-4);
});

Deno.test("a patch by a share is that edit made by hand, and half of one that acts linearly restores half", async () => {
  await using small = await smallModel("attention_only");
  const { model } = small;
  const { clean, corrupted } = attentionOnly.attention_only.rows;
  const pairs = { clean: [clean], corrupted: [corrupted] };
  const last = model.architecture.layers - 1;
  const at = [0, last].map((layer) => `blocks.${layer}.attn.hook_z`);
  const head = 1;
  const patches = at.flatMap((at) =>
    [0.25, 0.5, 1].map((share) => ({ names: { share }, share, targets: [{ at, heads: [head] }] }))
  );
  const found = (await patching.patch(model, pairs, patches, { metric })).toRecords() as Record[];
  const source = await model.run(pairs.clean, { tap: at });
  const base = await model.run(pairs.corrupted, { tap: at });
  const z = (cache: typeof base) => cache.get(at[0]).slice({ batch: 0, head: [head] });
  const half = z(base).data.map((value, i) => (value + z(source).data[i]) / 2);
  const edit = { at: at[0], heads: [head], scale: 0, shift: new Tensor(half, z(base).sizes) };
  const { logits } = await model.run(pairs.corrupted, { edit, logits: [-1] });
  assertAlmostEquals(found[1].value, metric(logits.data), 1e-4);
  [0.25, 0.5].forEach((share, i) =>
    assertAlmostEquals(found[3 + i].restored, share * found[5].restored, 1e-4)
  );
  assert(Math.abs(found[5].restored) > 0.01);
});

Deno.test("patching refuses prompts that are no pairs, points outside the layers and receivers before their sender", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const refused = (attempt: Promise<unknown>, message: string) =>
    assertRejects(() => attempt, CircuitbookError, message);
  await refused(
    patching.heads(model, { clean: [A], corrupted: [B] }, { metric }),
    "to have 12 tokens",
  );
  await refused(
    patching.heads(model, { clean: [A, A], corrupted: [A] }, { metric }),
    "2 corrupted prompts",
  );
  const same = { clean: [A], corrupted: [A] };
  await refused(
    patching.positions(model, same, { metric, at: "hook_embed" }),
    "hook points of layers",
  );
  await refused(
    patching.positions(model, same, { metric, positions: [12] }),
    "position of row 0 from 0 to 11",
  );
  await refused(patching.neurons(model, same, { metric, neurons: [[1, 9999]] }), "neuron from 0");
  await refused(
    patching.positions(model, same, { metric, positions: [[1], [2]] }),
    "for each of 1 rows",
  );
  await refused(
    patching.heads(model, same, { metric, at: "blocks.*.hook_resid_pre" }),
    "hook points with heads",
  );
  const from = [[1, 0]] as const;
  await refused(
    patching.paths(model, same, { metric, from, to: [{ layer: 1, head: 0, input: "q" }] }),
    "after head 0",
  );
});

Deno.test("where attention and MLP read the same stream, no path leads from a head to a neuron of its layer", async () => {
  await using small = await smallModel("neox_parallel");
  const pairs = { clean: [[5, 6, 7]], corrupted: [[5, 8, 7]] };
  const from = [[0, 1]] as const;
  const toNeuron = (layer: number) =>
    patching.paths(small.model, pairs, { metric, from, to: [{ layer, neuron: 3 }] });
  await assertRejects(
    () => toNeuron(0),
    CircuitbookError,
    "Expected a receiver after head 1 of layer 0 but found L0N3",
  );
  assertEquals((await toNeuron(1)).height, 1);
});

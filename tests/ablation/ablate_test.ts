import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { ablation, CircuitbookError, type Edit, type Model, type Tensor } from "circuitbook";
import { assertSame, smallModel } from "../model/models.ts";

const metric = (logits: Float32Array) => logits[7] - logits[11];
const z = "blocks.1.attn.hook_z";

/**
 * What a TypeScript function makes of one head in every row: an oracle that knows nothing of scales
 * and shifts.
 */
function headsBecome(
  value: (row: number, position: number, e: number) => number,
  head: number,
): Edit {
  return {
    at: z,
    apply: (x, { rows, positions }) => {
      const [, columns, heads, size] = x.shape;
      rows.forEach((row, r) =>
        positions[r].forEach((position, column) => {
          for (let e = 0; e < size; e++) {
            if (position >= 0) {
              x.data[((r * columns + column) * heads + head) * size + e] = value(row, position, e);
            }
          }
        })
      );
      return x;
    },
  };
}

async function activation(model: Model, tokens: number[], at: string): Promise<Tensor> {
  return (await model.run([tokens], { tap: at })).get(at).slice({ batch: 0 });
}

Deno.test("mean ablation puts a head's mean over all tokens of the reference in its place, padding left out", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const reference = await model.run([A, B], { tap: z });
  const own = await Promise.all([A, B].map((row) => activation(model, row, z)));
  const mean = (e: number) => {
    const values = own.flatMap((x, r) =>
      [A, B][r].map((_, position) => x.slice({ position, head: 2, d_head: e }).item())
    );
    return values.reduce((a, b) => a + b) / values.length;
  };
  const edit = ablation.ablate([{ at: z, heads: [2] }], { kind: "mean", reference });
  const expected = await model.run([A, B], {
    edit: headsBecome((_, __, e) => mean(e), 2),
    logits: [-1],
  });
  assertSame(
    (await model.run([A, B], { edit, logits: [-1] })).logits,
    expected.logits,
    2e-5,
    "mean",
  );
});

Deno.test("resample ablation gives a row what stands in the other prompt as far from the end", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const rows = [A, B];
  const reference = await model.run(rows, { tap: z });
  const own = await Promise.all(rows.map((row) => activation(model, row, z)));
  const edit = ablation.ablate([{ at: z, heads: [1] }], { kind: "resample", reference, rows });
  const other = (row: number, position: number, e: number) => {
    const donor = 1 - row;
    const at = Math.max(0, rows[donor].length - rows[row].length + position);
    return own[donor].slice({ position: at, head: 1, d_head: e }).item();
  };
  const expected = await model.run(rows, { edit: headsBecome(other, 1), logits: [-1] });
  assertSame(
    (await model.run(rows, { edit, logits: [-1] })).logits,
    expected.logits,
    2e-5,
    "resample",
  );
});

Deno.test("resample ablation of some rows leaves the others as they are", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const rows = [A, B];
  const reference = await model.run(rows, { tap: z });
  const resample = { kind: "resample", reference, rows } as const;
  const target = { at: z, heads: [1] };
  const some = await model.run(rows, {
    edit: ablation.ablate([{ ...target, rows: [-1] }], resample),
    logits: [-1],
  });
  const all = await model.run(rows, { edit: ablation.ablate([target], resample), logits: [-1] });
  const none = await model.run(rows, { logits: [-1] });
  const row = ({ logits }: typeof none, batch: number) => logits.slice({ batch });
  assertSame(row(some, 0), row(none, 0), 1e-6, "row 0");
  assertSame(row(some, 1), row(all, 1), 1e-6, "row 1");
  assertNotEquals(row(all, 0).data, row(none, 0).data);
});

Deno.test("cut edges take no attention, and the rest of the row shares what is left", async () => {
  await using small = await smallModel("llama_single");
  const { model, A } = small;
  const at = "blocks.0.attn.hook_attn_scores";
  const tap = "blocks.0.attn.hook_pattern";
  const edit = ablation.ablate([{ at, heads: [1], positions: [-1], keys: [0, 3] }]);
  const row = async (edit: Edit[]) =>
    (await model.run([A], { tap, edit })).get(tap).slice({ batch: 0, head: 1, query: -1 }).data;
  const before = await row([]);
  const after = await row(edit);
  const left = 1 - before[0] - before[3];
  before.forEach((share, key) =>
    assertAlmostEquals(after[key], key === 0 || key === 3 ? 0 : share / left, 1e-6)
  );
});

for (const kind of ["mean", "resample"] as const) {
  Deno.test(`a ${kind} sweep of heads and neurons equals whole runs with the same edits, whatever the batch`, async () => {
    await using small = await smallModel("qwen2_grouped");
    const { model, A, B } = small;
    const prompts = [A, B, A.slice(2)];
    const neurons = [[0, 3], [1, 5]] as const;
    const byHead = await ablation.sweepHeads(model, prompts, {
      metric,
      kind,
      seed: 4,
      heads: [[1, 0], [0, 2]],
    });
    const byNeuron = await ablation.sweepNeurons(model, prompts, {
      metric,
      kind,
      seed: 4,
      neurons,
      batchSize: 2,
    });
    const again = await ablation.sweepNeurons(model, prompts, {
      metric,
      kind,
      seed: 4,
      neurons,
      batchSize: 5,
    });
    assertEquals(byNeuron.toRecords().length, 6);
    again.toRecords().forEach((record, i) =>
      assertAlmostEquals(record.value as number, byNeuron.toRecords()[i].value as number, 1e-5)
    );
    for (
      const { row, layer, head, neuron, value } of [...byHead.toRecords(), ...byNeuron.toRecords()]
    ) {
      const target = head === undefined
        ? { at: `blocks.${layer}.mlp.hook_post`, neurons: [neuron as number] }
        : { at: `blocks.${layer}.attn.hook_z`, heads: [head as number] };
      const reference = await model.run(prompts, { tap: target.at });
      const rows = [prompts[row as number]];
      const seed = 4 + (row as number);
      const edit = ablation.ablate([target], { kind, reference, rows, seed });
      const { logits } = await model.run(rows, { edit, logits: [-1] });
      assertAlmostEquals(value as number, metric(logits.data), 1e-4);
    }
  });
}

Deno.test("a sweep refers to the prompts that it is given", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const options = { metric, heads: [[1, 2]] as const };
  const table = await ablation.sweepHeads(model, A, { ...options, kind: "mean", reference: B });
  const reference = await model.run([B], { tap: z });
  const edit = ablation.ablate([{ at: z, heads: [2] }], { kind: "mean", reference });
  const { logits } = await model.run(A, { edit, logits: [-1] });
  assertAlmostEquals(table.getColumn("value").toArray()[0], metric(logits.data), 1e-4);
  const ofRun = await ablation.sweepHeads(model, A, { ...options, kind: "mean", reference });
  assertEquals(ofRun.toRecords(), table.toRecords());
});

Deno.test("a sweep may begin at a position of each prompt", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const from = [9, 2];
  const table = await ablation.sweepHeads(model, [A, B], { metric, from, heads: [[0, 1], [1, 3]] });
  for (const { row, layer, head, value } of table.toRecords() as Record<string, number>[]) {
    const edit = {
      at: `blocks.${layer}.attn.hook_z`,
      heads: [head],
      positions: { from: from[row] },
      scale: 0,
    };
    const { logits } = await model.run([[A, B][row]], { edit, logits: [-1] });
    assertAlmostEquals(value, metric(logits.data), 1e-4);
  }
});

Deno.test("ablation refuses what it cannot do", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const target = [{ at: z, heads: [0] }];
  const alone = await model.run([A], { tap: z });
  assertThrows(
    () => ablation.ablate(target, { kind: "mean" }),
    CircuitbookError,
    "Expected a reference for mean",
  );
  const resample = { kind: "resample", reference: alone } as const;
  assertThrows(
    () => ablation.ablate(target, { ...resample, rows: [A] }),
    CircuitbookError,
    "another prompt",
  );
  assertThrows(() => ablation.ablate(target, resample), CircuitbookError, "token rows");
  const last = await model.run([A, A], { tap: z, positions: [[1], [2]] });
  assertThrows(
    () => ablation.ablate(target, { kind: "mean", reference: last }),
    CircuitbookError,
    "all positions",
  );
  const neurons = [[0, 9999]] as const;
  await assertRejects(
    () => ablation.sweepNeurons(model, A, { metric, neurons }),
    CircuitbookError,
    "neuron",
  );
  const nowhere = [{ names: {}, targets: [{ at: z, positions: { from: 3, to: 3 } }] }];
  await assertRejects(
    () => ablation.sweep(model, A, nowhere, { metric }),
    CircuitbookError,
    "a position to edit",
  );
  await assertRejects(
    () => ablation.sweep(model, A, [], { metric }),
    CircuitbookError,
    "at least one part",
  );
  await assertRejects(
    () => ablation.sweepHeads(model, A, { metric, from: [1, 2] }),
    CircuitbookError,
    "1 prompts",
  );
});

Deno.test("a reference that was tapped at chosen positions is refused", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = "blocks.1.attn.hook_z";
  const reference = await model.run([A, B], { tap: at, positions: [-1] });
  for (const kind of ["mean", "resample"] as const) {
    assertThrows(
      () => ablation.ablate([{ at, heads: [0] }], { kind, reference, rows: [A] }),
      CircuitbookError,
      "at chosen positions; tap it at all positions",
    );
  }
});

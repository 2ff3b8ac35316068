import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AffineEdit,
  CircuitbookError,
  type Edit,
  integer,
  knockOut,
  normal,
  projectOut,
  scaleScores,
  seededRandom,
  Tensor,
  zeroNeurons,
} from "circuitbook";
import { parseEdits } from "../../lib/model/plan/edit.ts";
import { affineFunction, randomAffine } from "./affine_oracle.ts";
import { assertSame, largestDifference, smallModel } from "./models.ts";

const families = ["qwen2_grouped", "gpt2_full", "llama_single", "qwen3_grouped", "attention_only"];
const residual = "blocks.0.hook_resid_post";
const z = "blocks.1.attn.hook_z";
const scores = "blocks.1.attn.hook_attn_scores";

for (const name of families) {
  Deno.test(`${name}: neutral edits at every hook point change no logit by more than 1e-6`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const input = [A, B];
    const { logits } = await model.run(input);
    for (const { name: at } of model.hookPoints) {
      const neutral: Edit[][] = [
        [{ at, scale: 1, shift: 0 }],
        [{ at, positions: [2, -1], scale: 1 }, { at, rows: [1], shift: [0] }],
      ];

      for (const edit of neutral) {
        const label = `${at} ${JSON.stringify(edit)}`;
        const edited = await model.run(input, { edit });
        for (const row of [0, 1]) {
          const whole = model.run(input).then((cache) => cache.row(row).logits);
          assert(largestDifference(edited.row(row).logits, await whole) <= 1e-6, label);
        }
      }
    }
    assertEquals(logits.size("batch"), 2);
  });

  Deno.test(`${name}: random affine edits do what a plain function does`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const random = seededRandom(7);
    for (let trial = 0; trial < 40; trial++) {
      const points = model.hookPoints;
      const at = points[integer(random, 0, points.length - 1)];
      const rows = trial % 2 ? [A, B] : [A];
      const edits = Array.from(
        { length: integer(random, 1, 3) },
        () => randomAffine(at, rows, random),
      );
      const label = `${trial}: ${at.name} ${JSON.stringify(edits).slice(0, 300)}`;
      const affine = await model.run(rows, { edit: edits });
      const plain = await model.run(rows, {
        edit: edits.map((edit) => ({ at: at.name, apply: affineFunction(edit, at, rows) })),
      });
      for (const row of rows.keys()) {
        assertSame(affine.row(row).logits, plain.row(row).logits, 2e-5, label);
      }
    }
  });
}

Deno.test("a function edit gets the activation with named axes, and what it returns goes on", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const cases: [at: string, axes: string[], edit: AffineEdit, change: (x: Tensor) => void][] = [
    [
      residual,
      ["batch", "position", "d_model"],
      { at: residual, positions: { from: 5 }, scale: 0.5, shift: 1 },
      (x) => {
        for (let i = 5 * 32; i < x.data.length; i++) x.data[i] = x.data[i] * 0.5 + 1;
      },
    ],
    [z, ["batch", "position", "head", "d_head"], { at: z, heads: [1], scale: 0 }, (x) => {
      for (let position = 0; position < 12; position++) {
        x.data.fill(0, (position * 4 + 1) * 8, (position * 4 + 2) * 8);
      }
    }],
    [
      scores,
      ["batch", "head", "query", "key"],
      { at: scores, heads: [2], keys: [0], shift: 2 },
      (x) => {
        for (let query = 0; query < 12; query++) x.data[(2 * 12 + query) * 12] += 2;
      },
    ],
  ];
  for (const [at, axes, affine, change] of cases) {
    const seen: { point: string; axes: readonly string[] }[] = [];
    const edit: Edit = {
      at,
      apply: (activation, { point }) => {
        seen.push({ point, axes: activation.axes });
        const copy = new Tensor(activation.data.slice(), activation.sizes);
        change(copy);
        return Promise.resolve(copy);
      },
    };
    const changed = await model.run(A, { edit, tap: [at, "logits"] });
    const expected = await model.run(A, { edit: affine, tap: [at, "logits"] });
    assertEquals(seen, [{ point: at, axes }]);
    for (const name of expected.names) {
      assertSame(changed.get(name), expected.get(name), 1e-5, `${at}: ${name}`);
    }
  }
});

Deno.test("a function edit is told which rows and tokens it gets, in a run of several batches and in writing", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const double: Edit = {
    at: residual,
    apply: ({ data, sizes }, { rows, positions }) => {
      const changed = new Tensor(data.slice(), sizes);
      const { d_model } = sizes;
      for (const [row, tokens] of positions.entries()) {
        const column = rows[row] % 2 ? tokens.indexOf(2) : -1;
        if (column < 0) continue;
        const start = (row * tokens.length + column) * d_model;
        for (let i = start; i < start + d_model; i++) changed.data[i] *= 2;
      }
      return changed;
    },
  };
  const rows = Array.from({ length: 150 }, (_, row) => [A, B, B.slice(3)][row % 3]);
  const affine: Edit = {
    at: residual,
    positions: [2],
    rows: [...rows.keys()].filter((row) => row % 2),
    scale: 2,
  };
  const plain = await model.run(rows, { edit: double, logits: [-1] });
  assertSame(
    plain.logits,
    (await model.run(rows, { edit: affine, logits: [-1] })).logits,
    1e-5,
    "run",
  );
  const prompts = [[5, 6], [7, 8], [9], [10]];
  const later = { ...affine, rows: [1, 3] };
  const written = await model.generate(prompts, { edit: double, maxNewTokens: 4 });
  assertEquals(
    written.wholeRows,
    (await model.generate(prompts, { edit: later, maxNewTokens: 4 })).wholeRows,
  );
});

Deno.test("a function edit may change what it gets in place, also where a run starts, and no other tap changes", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const at = "blocks.1.hook_resid_pre";
  const tap = [residual, at];
  const clear: Edit = { at, apply: (x) => (x.data.fill(0), x) };
  const plain = await model.run(A, { tap });
  const cleared = await model.run(A, { tap, edit: clear, logits: true });
  assertSame(cleared.get(residual), plain.get(residual), 0, residual);
  assert(cleared.get(at).data.every((value) => value === 0));
  const start = { from: plain, at };
  assertSame((await model.run(A, { start, edit: clear })).logits, cleared.logits, 1e-6, "start");
  assertSame(plain.get(at), plain.get(residual), 0, "what it started from");
});

Deno.test("several function edits run in order, at one point and at several, among affine ones", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const map = (change: (value: number) => number) => (x: Tensor) =>
    new Tensor(Float32Array.from(x.data, change), x.sizes);
  const changed = await model.run(A, {
    edit: [
      { at: residual, apply: map((value) => value + 1) },
      { at: residual, scale: 2 },
      { at: residual, apply: map((value) => value - 3) },
      { at: "blocks.*.attn.hook_z", apply: map((value) => 0.5 * value) },
    ],
  });
  const expected = await model.run(A, {
    edit: [{ at: residual, scale: 2, shift: -1 }, { at: "blocks.*.attn.hook_z", scale: 0.5 }],
  });
  assertSame(changed.logits, expected.logits, 1e-5, "logits");
});

Deno.test("a function's own error and a result of another shape end the run; the model goes on working", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const { logits } = await model.run(A);
  const fails = () =>
    model.run(A, {
      edit: {
        at: z,
        apply: () => {
          throw new RangeError("mine");
        },
      },
    });
  await assertRejects(fails, RangeError, "mine");
  const short = () => model.run(A, { edit: { at: z, apply: (x) => x.slice({ position: [0] }) } });
  await assertRejects(short, CircuitbookError, `the function at "${z}"`);
  assertSame((await model.run(A)).logits, logits, 0, "logits");
});

for (const name of ["qwen2_grouped", "gpt2_full"]) {
  Deno.test(`${name}: edits that went through JSON give the same logits`, async () => {
    await using small = await smallModel(name);
    const { model, A, edits } = small;
    for (const [label, edit] of Object.entries(edits)) {
      const copy: unknown = JSON.parse(JSON.stringify(parseEdits(edit)));
      assertEquals(copy, edit, label);
      const { logits } = await model.run(A, { edit: parseEdits(copy) });
      assertSame(logits, (await model.run(A, { edit })).logits, 0, label);
    }
  });
}

Deno.test("values that differ from row to row are what each row alone would get", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const random = seededRandom(3);
  const vectors = [0, 1].map(() => Array.from({ length: 32 }, () => normal(random)));
  const together = await model.run([A, B], {
    edit: { at: residual, shift: vectors.map((vector) => [vector]) },
  });
  const alone = await Promise.all(
    [A, B].map((row, i) => model.run(row, { edit: { at: residual, shift: vectors[i] } })),
  );
  for (const row of [0, 1]) {
    assertSame(together.row(row).logits, alone[row].logits, 1e-5, `row ${row}`);
  }
  const second = await model.run([A, B], { edit: { at: residual, rows: [-1], shift: vectors[1] } });
  assertSame(second.row(0).logits, (await model.run(A)).logits, 1e-5, "the row that is not named");
  assertSame(second.row(1).logits, alone[1].logits, 1e-5, "the row that is named");
});

Deno.test("a shift of the attention pattern does not let a row look at its padding", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const edit = { at: "blocks.1.attn.hook_pattern", heads: [1], shift: 0.25 };
  const batch = await model.run([B, A, B.slice(3)], { edit });
  for (const [row, tokens] of [B, A, B.slice(3)].entries()) {
    assertSame(
      batch.row(row).logits,
      (await model.run(tokens, { edit })).logits,
      1e-5,
      `row ${row}`,
    );
  }
});

Deno.test("positions that are one token in a row act on it once, by the last of them", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = residual;
  const last = B.length - 1;
  const vectors = [[1], [-2]].map(([value]) => Array(32).fill(value));
  const both = await model.run([A, B], {
    edit: { at, positions: [last, -1], scale: 0.5, shift: vectors },
  });
  const once = await model.run(B, { edit: { at, positions: [-1], scale: 0.5, shift: vectors[1] } });
  assertSame(both.row(1).logits, once.logits, 1e-5, "row of which both are the last token");
  const twice = await model.run(A, {
    edit: { at, positions: [last, -1], scale: 0.5, shift: vectors },
  });
  assertSame(both.row(0).logits, twice.logits, 1e-5, "row of which they are two");
});

Deno.test("a shift that patches in another run's activation gives that run's logits", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const other = A.map((token) => (token + 11) % 96);
  const donor = await model.run(other, { tap: [residual, "logits"] });
  const patched = await model.run(A, {
    edit: { at: residual, scale: 0, shift: donor.get(residual) },
  });
  assertSame(patched.logits, donor.logits, 1e-5, "all positions");
  const listed = [3, -1];
  const values = donor.get(residual).slice({ position: listed });
  const some = await model.run(A, {
    edit: { at: residual, positions: listed, scale: 0, shift: values },
    tap: [residual, "logits"],
  });
  assertSame(some.get(residual).slice({ position: listed }), values, 0, "what was patched");
  const swapped = values.slice({ position: [1, 0] });
  const reordered = await model.run(A, {
    edit: { at: residual, positions: [-1, 3], scale: 0, shift: swapped },
  });
  assertSame(reordered.logits, some.logits, 0, "positions in another order");
});

Deno.test("projectOut leaves nothing along its directions, at the positions it names", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const random = seededRandom(5);
  const direction = () => Array.from({ length: 32 }, () => normal(random));
  const directions = [direction(), direction()];
  const edit = projectOut([
    ...directions,
    directions[0].map((value, i) => value - directions[1][i]),
  ], {
    at: residual,
    positions: [4, 5],
  });
  const before = (await model.run(A, { tap: residual })).get(residual);
  const after = (await model.run(A, { tap: residual, edit })).get(residual);
  const along = (x: Tensor, position: number, vector: number[]) =>
    vector.reduce((sum, value, i) => sum + value * x.slice({ batch: 0, position }).data[i], 0);
  for (const position of A.keys()) {
    for (const vector of directions) {
      const expected = position === 4 || position === 5 ? 0 : along(before, position, vector);
      assert(Math.abs(along(after, position, vector) - expected) < 1e-4, `position ${position}`);
    }
  }
});

Deno.test("knockOut, zeroNeurons and scaleScores build edits that do what they say", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const heads = await model.run(A, {
    edit: knockOut([[0, 1], [1, 0], [1, 3]], { positions: [-1] }),
    tap: "blocks.*.attn.hook_z",
  });
  const zeros = (tensor: Tensor) => tensor.data.every((value) => value === 0);
  for (const [layer, head] of [[0, 0], [0, 1], [1, 0], [1, 3]]) {
    const ofHead = heads.get(`blocks.${layer}.attn.hook_z`).slice({ head });
    assertEquals(zeros(ofHead.slice({ position: -1 })), layer === 1 || head === 1);
    assertEquals(zeros(ofHead.slice({ position: -2 })), false);
  }
  const neuron = await model.run(A, {
    edit: zeroNeurons([[1, 47]]),
    tap: "blocks.1.mlp.hook_post",
  });
  assert(zeros(neuron.get("blocks.1.mlp.hook_post").slice({ d_mlp: 47 })));
  const [plain, scaled] = await Promise.all(
    [[], [scaleScores(1, 0.5, { heads: [2], keys: [1] })]].map((edit) =>
      model.run(A, { edit, tap: scores })
    ),
  );
  const pair = { batch: 0, head: 2, query: 6, key: 1 };
  assertEquals(scaled.get(scores).slice(pair).item(), 0.5 * plain.get(scores).slice(pair).item());
  assertEquals(scaled.get(scores).slice({ ...pair, query: 0 }).item(), -Infinity);
});

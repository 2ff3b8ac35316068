import { assert, assertEquals } from "@std/assert";
import { checkpoints, families, startTaps, Tensor } from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
import { Generating } from "../../lib/model/generate.ts";
import { runRows } from "../../lib/model/run.ts";
import { unembed } from "../../lib/model/unembed.ts";
import { unless } from "../skipped.ts";
import { missingWebGpu } from "./webgpu.ts";
import { assertClose, openCase, toleranceOf } from "./reference_cases.ts";

/** One case of each kind of attention layout, norm and position embedding. */
const cases = ["qwen2_grouped", "llama_single", "qwen3_grouped", "gpt2_full", "attention_only"];

const missing = await missingWebGpu();

for (const name of cases) {
  Deno.test({
    ...unless(
      missing,
      `${name} on WebGPU: hook points, edited logits and greedy text are the reference's`,
    ),
    fn: async () => {
      const { model, reference, tensors } = await openCase(name, "webgpu");
      const { A, B } = reference.rows;
      const cache = await model.run(A, { tap: "**" });
      for (const point of Object.keys(reference.points)) {
        assertClose(
          cache.get(point),
          tensors.get(point)!,
          toleranceOf(point, tensors.get(point)!),
          point,
        );
      }
      for (const label of ["z_head", "resid_shift", "project_out"]) {
        const { logits } = await model.run(A, { edit: reference.edits[label] });
        assertClose(logits, tensors.get(`edited.${label}.logits`)!, 1e-4, label);
      }
      const at = "blocks.1.attn.hook_z";
      const last = tensors.get("edited.z_head.logits")!.slice(-model.architecture.vocab);
      const from = await model.run([A, B], {
        tap: startTaps(model.architecture, at, { past: true }),
      });
      const edit = reference.edits.z_head;
      const whole = await model.run([A, B], { edit, logits: [-1] });
      assertClose(whole.logits.slice({ batch: 0 }), last, 1e-4, "last logits");
      const late = { at, heads: [1], positions: [-1], scale: 0 };
      const asked = { edit: late, logits: [-1] };
      const part = await model.run([A, B], { ...asked, start: { from, at, position: -3 } });
      assertClose(
        part.logits,
        (await model.run([A, B], asked)).logits.data,
        1e-4,
        "logits of a late start",
      );
      const { rows } = await model.generate([A, B], { maxNewTokens: 8, stopAtEnd: false });
      assertEquals(rows.map(({ tokens }) => tokens), [
        reference.greedy.A.slice(0, 8),
        reference.greedy.B.slice(0, 8),
      ]);
      await model.dispose();
    },
  });
}

Deno.test({
  ...unless(missing, "on WebGPU each weight is uploaded once: a new tap set uploads nothing"),
  fn: async () => {
    const checkpoint = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped");
    const architecture = families.architectureOfCheckpoint(checkpoint);
    const engine = new Engine(architecture, checkpoint, "webgpu");
    const row = [1, 2, 3];
    await runRows(engine, [row], { tap: "blocks.0.hook_resid_mid" });
    const first = engine.uploads;
    assert(first > 0 && first < checkpoint.tensors.size, "only what the plan reads");
    const whole = await runRows(engine, [row], {});
    const all = engine.uploads;
    assertEquals(all, architecture.shapes.size);
    const others = ["blocks.*.hook_resid_post", "blocks.1.attn.hook_pattern"];
    for (const tap of others) await runRows(engine, [row], { tap });
    const edit = { at: "blocks.1.mlp.hook_post", neurons: [3], scale: 0 };
    await runRows(engine, [row], { edit });
    await unembed(engine, new Tensor(new Float32Array(32), { example: 1, d_model: 32 }), { k: 2 });
    assertEquals(engine.uploads, all, "no plan uploads a weight again");
    await engine.dispose();
    const again = await runRows(engine, [row], {});
    assertEquals(engine.uploads, 2 * all, "freed weights are uploaded again");
    assertEquals(again.logits.data, whole.logits.data);
    await engine.dispose();
  },
});

Deno.test({
  ...unless(missing, "on WebGPU a generated token brings back the token and the taps alone"),
  fn: async () => {
    const { model, reference: { rows: { A, B } } } = await openCase("qwen2_grouped", "cpu");
    const { architecture, checkpoint, tokenizer } = model;
    const engine = new Engine(architecture, checkpoint, "webgpu");
    const forward = engine.forwardKeeping.bind(engine);
    const returned: number[] = [];
    const kept: number[] = [];
    engine.forwardKeeping = async (...pass) => {
      const results = await forward(...pass);
      const all = new Set(Object.values(results.returned));
      returned.push([...all].reduce((sum, { data }) => sum + data.length, 0));
      kept.push(new Set(Object.values(results.kept)).size);
      return results;
    };
    const options = { maxNewTokens: 4, stopAtEnd: false, temperature: 0.8, topP: 0.9, seed: 5 };
    const tap = "blocks.0.attn.hook_z";
    const rows = [A, B.slice(0, 4), A.slice(2)];
    const [found, wanted] = await Promise.all([
      new Generating(engine, tokenizer, rows, { ...options, tap }),
      model.generate(rows, { ...options, tap }),
    ]);
    assertEquals(found.wholeRows, wanted.wholeRows);
    for (const row of rows.keys()) {
      const [one, two] = [found, wanted].map(({ cache }) => cache.row(row).get(tap));
      assertClose(one, two.data, 1e-4, `row ${row}`);
    }
    const { layers, heads, headSize, dModel } = architecture;
    assertEquals(heads * headSize, dModel);
    // A token, its check, and what is tapped, of each row; the first pass reads the prompts.
    const perToken = rows.length * (2 + dModel);
    assertEquals(returned.slice(1), returned.slice(1).map(() => perToken));
    assertEquals(returned[0], rows.length * (2 + A.length * dModel));
    assertEquals(new Set(kept), new Set([2 * layers]));
    await engine.dispose();
    await model.dispose();
  },
});

Deno.test({
  ...unless(
    missing,
    "on WebGPU rows that are read in parts, and that end early, are written as on the CPU",
  ),
  fn: async () => {
    const { model: other, reference: { rows: { A, B } } } = await openCase("attention_only", "cpu");
    const { model } = await openCase("attention_only", "webgpu");
    // No two prompts are the same: a prompt that rows have in common would be read once.
    const rows = Array.from(
      { length: 120 },
      (_, row) => row % 2 ? [row % 90, ...A] : [row % 90, ...B],
    );
    const free = await other.generate(rows, { maxNewTokens: 3, stopAtEnd: false, batchSize: 120 });
    const stop = other.tokenizer.pieces([free.rows[0].tokens[0], free.rows[1].tokens[0]]);
    const options = { maxNewTokens: 3, stopAtEnd: false, batchSize: 120, stop };
    const [found, wanted] = await Promise.all(
      [model, other].map((each) => each.generate(rows, options)),
    );
    assert(new Set(wanted.rows.map(({ tokens }) => tokens.length)).size > 1);
    assertEquals(found.wholeRows, wanted.wholeRows);
    await model.dispose();
    await other.dispose();
  },
});

Deno.test({
  ...unless(
    missing,
    "on WebGPU a prompt that rows have in common is read once, and written on as on the CPU",
  ),
  fn: async () => {
    const { model: other, reference: { rows: { A, B } } } = await openCase("qwen2_grouped", "cpu");
    const { model } = await openCase("qwen2_grouped", "webgpu");
    const rows = Array.from({ length: 40 }, (_, row) => row % 2 ? A : B);
    const { layers, dModel } = model.architecture;
    const at = `blocks.${layers - 1}.hook_resid_post`;
    const shift = new Tensor(
      Float32Array.from({ length: rows.length * dModel }, (_, i) => 3 * Math.sin(i)),
      { batch: rows.length, position: 1, d_model: dModel },
    );
    const edit = { at, shift, positions: [-3, -1] };
    const options = { maxNewTokens: 4, stopAtEnd: false, batchSize: 40, edit };
    const [found, wanted] = await Promise.all(
      [model, other].map((each) => each.generate(rows, options)),
    );
    assertEquals(found.wholeRows, wanted.wholeRows);
    assert(new Set(wanted.wholeRows.map((row) => row.join())).size > 2);
    await model.dispose();
    await other.dispose();
  },
});

for (const name of ["qwen3_grouped", "gpt2_full"]) {
  Deno.test({
    ...unless(
      missing,
      `${name} on WebGPU: gradients are those of the CPU, by hook points and by weights`,
    ),
    fn: async () => {
      const { model, reference: { rows: { A, B } } } = await openCase(name, "webgpu");
      const { model: other } = await openCase(name, "cpu");
      const at = model.hookPoints.map((point) => point.name);
      const metric = { logProbability: 7 };
      const [found, expected] = await Promise.all(
        [model, other].map((each) => each.gradients([A, B.slice(0, 4)], metric, { at })),
      );
      for (const point of at) {
        const { data } = expected.gradients.get(point);
        const tolerance = 1e-3 * Math.max(1e-6, ...data.filter(Number.isFinite).map(Math.abs));
        assertClose(found.gradients.get(point), data, tolerance, point);
      }
      const weights = A.slice(1).map(() => 0.1);
      const slopes = await model.lossGradients([A], [weights]);
      for (const [weight, { data }] of (await other.lossGradients([A], [weights])).gradients) {
        const off = Math.max(
          ...[...data as Float32Array].map((value, i) =>
            Math.abs(value - (slopes.gradients.get(weight)!.data as Float32Array)[i])
          ),
        );
        assert(
          off <= 1e-3 * Math.max(...(data as Float32Array).map(Math.abs)),
          `${weight} is off by ${off}`,
        );
      }
      await model.dispose();
      await other.dispose();
    },
  });
}

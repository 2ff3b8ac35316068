import { assert, assertEquals } from "@std/assert";
import { checkpoints, families, startTaps, Tensor } from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
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

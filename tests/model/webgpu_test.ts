import { assert, assertEquals } from "@std/assert";
import { startTaps } from "circuitbook";
import { chooseDevice } from "../../lib/model/engine/device.ts";
import { unless } from "../skipped.ts";
import { assertClose, openCase, toleranceOf } from "./reference_cases.ts";

/** One case of each kind of attention layout, norm and position embedding. */
const cases = ["qwen2_grouped", "llama_single", "qwen3_grouped", "gpt2_full", "attention_only"];

const missing = await chooseDevice("webgpu").then(
  () => undefined,
  () => "WebGPU needs a graphics driver; Debian's chromium and libvulkan1 bring a software one",
);

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

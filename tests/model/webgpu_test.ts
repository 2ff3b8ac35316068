import { assertEquals } from "@std/assert";
import { chooseDevice } from "circuitbook";
import { assertClose, openCase, toleranceOf } from "./reference_cases.ts";

/** One case of each kind of attention layout, norm and position embedding. */
const cases = ["qwen2_grouped", "llama_single", "qwen3_grouped", "gpt2_full", "attention_only"];

const missing = await chooseDevice("webgpu").then(() => undefined, (error: Error) => error.message);
if (missing) console.warn(`WebGPU is not tested: ${missing}`);

for (const name of cases) {
  Deno.test({
    name: `${name} on WebGPU: hook points, edited logits and greedy text are the reference's`,
    ignore: missing !== undefined,
    fn: async () => {
      const { model, reference, tensors } = await openCase(name, "webgpu");
      const { A, B } = reference.rows;
      const cache = await model.run(A, { tap: "**" });
      for (const point of Object.keys(reference.points)) {
        assertClose(cache.get(point), tensors.get(point)!, toleranceOf(point, tensors.get(point)!), point);
      }
      for (const label of ["z_head", "resid_shift", "project_out"]) {
        const { logits } = await model.run(A, { edit: reference.edits[label] });
        assertClose(logits, tensors.get(`edited.${label}.logits`)!, 1e-4, label);
      }
      const { rows } = await model.generate([A, B], { maxNewTokens: 8, stopAtEnd: false });
      assertEquals(rows.map(({ tokens }) => tokens), [reference.greedy.A.slice(0, 8), reference.greedy.B.slice(0, 8)]);
      await model.dispose();
    },
  });
}

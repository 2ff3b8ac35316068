import { assert, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, heads, type Tensor } from "circuitbook";
import { openCase, referenceCases } from "../model/reference_cases.ts";

/** Σ over d_head vectors: [head, d_head, d_model] times x [d_model], plus a bias [head, d_head]. */
function applied(matrix: Tensor, x: Float32Array, bias?: Tensor): Float32Array {
  return Float32Array.from(
    { length: matrix.data.length / x.length },
    (_, row) =>
      x.reduce(
        (sum, value, i) => sum + value * matrix.data[row * x.length + i],
        bias?.data[row] ?? 0,
      ),
  );
}

for (const name of referenceCases) {
  Deno.test(`${name}: the heads' matrices make the reference's queries, keys, values and outputs`, async () => {
    const { model, tensors } = await openCase(name);
    const { dModel, headSize, heads: count, layers, norm } = model.architecture;
    for (let layer = 0; layer < layers; layer++) {
      const weights = await heads.headWeights(model, layer);
      const biases = await heads.headBiases(model, layer);
      const at = `blocks.${layer}`;
      const position = 4;
      const of = (point: string, size: number) =>
        tensors.get(`${at}.${point}`)!.slice(position * size, (position + 1) * size);
      const gains = model.architecture.weights.layer(layer).ln1;
      let x = norm.kind === "none" || !gains
        ? of("hook_resid_pre", dModel)
        : of("ln1.hook_normalized", dModel);
      if (gains) {
        const gain = await model.weight(gains.weight);
        const shift = gains.bias && await model.weight(gains.bias);
        x = x.map((value, i) => value * gain.data[i] + (shift ? shift.data[i] : 0));
      }
      for (const [part, point] of [["Q", "hook_q"], ["K", "hook_k"], ["V", "hook_v"]] as const) {
        const actual = applied(weights[part], x, biases[part]);
        const expected = of(`attn.${point}`, actual.length);
        assert(expected.every((value, i) => Math.abs(value - actual[i]) < 2e-5), `${at} ${part}`);
      }
      const z = of("attn.hook_z", count * headSize);
      const result = of("attn.hook_result", count * dModel);
      const written = result.map((_, i) => {
        const head = Math.floor(i / dModel);
        const column = i % dModel;
        const rows = weights.O.slice({ head, d_model: column }).data;
        return rows.reduce((sum, value, e) => sum + value * z[head * headSize + e], 0);
      });
      assert(result.every((value, i) => Math.abs(value - written[i]) < 2e-5), `${at} O`);
    }
    await model.dispose();
  });
}

Deno.test("heads share key/value heads in neighbouring groups", () => {
  assertEquals([0, 1, 2, 3].map((head) => heads.kvHeadOf({ heads: 4, kvHeads: 2 }, head)), [
    0,
    0,
    1,
    1,
  ]);
  assertEquals([0, 3].map((head) => heads.kvHeadOf({ heads: 4, kvHeads: 4 }, head)), [0, 3]);
  assertEquals([0, 3].map((head) => heads.kvHeadOf({ heads: 4, kvHeads: 1 }, head)), [0, 0]);
});

Deno.test("a layer that the model does not have is refused", async () => {
  const { model } = await openCase("qwen2_grouped");
  await assertRejects(
    () => heads.headWeights(model, 2),
    CircuitbookError,
    "Expected a layer from 0 to 1",
  );
});

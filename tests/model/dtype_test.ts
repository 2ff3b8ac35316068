import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, loadModel, type Tensor } from "circuitbook";
import { rounded } from "../../lib/model/decoder/precision.ts";
import { largestDifference } from "./models.ts";

const CASES = ["qwen2_grouped", "gpt2_full", "llama_single", "attention_only"];
const ROWS = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5]];

Deno.test("numbers are rounded to f16 and bf16 as their formats say, ties to even", () => {
  // 1 + 2⁻¹¹ lies between two f16 numbers, 1 + 3 · 2⁻¹¹ too; 1 + 2⁻⁸ and 1 + 3 · 2⁻⁸ do in bf16.
  const halves = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 1e-8, -0.1];
  assertEquals([...rounded(Float32Array.from(halves), "f16")], [
    1,
    1 + 2 ** -9,
    65504,
    0,
    -0.0999755859375,
  ]);
  const brains = [1 + 2 ** -8, 1 + 3 * 2 ** -8, 1e38, -0.1];
  assertEquals([...rounded(Float32Array.from(brains), "bf16")], [
    1,
    1 + 2 ** -6,
    150 / 128 * 2 ** 126,
    -0.10009765625,
  ]);
});

for (const name of CASES) {
  for (const [dtype, tolerance] of [["f16", 0.02], ["bf16", 0.15]] as const) {
    Deno.test(`${name} in ${dtype}: products are rounded, the residual stream and logits are not`, async () => {
      const folder = `tests/data/checkpoints/${name}`;
      const model = await loadModel(folder, { device: "cpu", dtype });
      const exact = await loadModel(folder, { device: "cpu" });
      assertEquals([model.dtype, exact.dtype], [dtype, "f32"]);
      const tap = ["blocks.1.attn.hook_v", "blocks.1.hook_resid_post", "blocks.0.hook_attn_out"];
      const [found, wanted] = await Promise.all(
        [model, exact].map((each) => each.run(ROWS[0], { tap, logits: true })),
      );
      const isRounded = ({ data }: Tensor) =>
        rounded(data, dtype).every((value, i) => value === data[i]);
      const biased = name.startsWith("qwen2") || name.startsWith("gpt2");
      assertEquals(isRounded(found.get("blocks.1.attn.hook_v")), !biased);
      assertEquals(isRounded(found.get("blocks.1.hook_resid_post")), false);
      assertEquals(isRounded(found.logits), false);
      const scale = Math.max(...wanted.logits.data.map(Math.abs));
      const off = largestDifference(found.logits, wanted.logits) / scale;
      assert(off > 0 && off < tolerance, `logits are off by ${off} of their largest`);
      await model.dispose();
      await exact.dispose();
    });
  }
}

const NEWER = [
  "checkpoints/gemma2_windows",
  "checkpoints/gemma3_two_ropes",
  "checkpoints/neox_parallel",
  "checkpoints/olmo2_post_norms",
  "phi3_longrope",
];

for (const name of NEWER) {
  Deno.test(`${name} in half precision is as close to f32 as the rounding of its numbers`, async () => {
    const logitsIn = async (dtype: "f32" | "f16" | "bf16") => {
      const model = await loadModel(`tests/data/${name}`, { device: "cpu", dtype });
      const { logits } = await model.run([ROWS[0]]);
      const { rows } = await model.generate([ROWS[0]], { maxNewTokens: 3, stopAtEnd: false });
      const slow = await model.run([[...ROWS[0], ...rows[0].tokens.slice(0, 2)]], { logits: [-1] });
      // The last token is the most probable one of a pass without a cache, or as good as that.
      const best = Math.max(...slow.logits.data);
      assert(slow.logits.data[rows[0].tokens[2]] > best - 0.02 * Math.abs(best));
      await model.dispose();
      return logits.data;
    };
    const wanted = await logitsIn("f32");
    const size = rms(wanted);
    for (const [dtype, tolerance] of [["f16", 0.005], ["bf16", 0.04]] as const) {
      const found = await logitsIn(dtype);
      const off = rms(found.map((value, i) => value - wanted[i])) / size;
      assert(off > tolerance / 100 && off < tolerance, `${dtype} is off by ${off}`);
    }
  });
}

/** The root mean square of some numbers. */
function rms(numbers: Float32Array): number {
  return Math.sqrt(numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length);
}

Deno.test("a product in half precision is that of the rounded matrix and the rounded stream", async () => {
  for (const dtype of ["f16", "bf16"] as const) {
    const model = await loadModel("tests/data/checkpoints/llama_single", { device: "cpu", dtype });
    const { weights, dModel } = model.architecture;
    const normalized = "blocks.0.ln1.hook_normalized";
    const cache = await model.run([[3, 1, 4]], { tap: [normalized, "blocks.0.attn.hook_q"] });
    const { q, ln1 } = weights.layer(0);
    const [matrix, gain] = await Promise.all(
      [q!.weight, ln1!.weight].map(async (weight) => (await model.weight(weight)).data),
    );
    const halves = rounded(matrix, dtype);
    const { data: queries } = cache.get("blocks.0.attn.hook_q");
    const { data: stream } = cache.get(normalized);
    const outputs = matrix.length / dModel;
    for (const position of [0, 1, 2]) {
      const own = stream.slice(position * dModel, (position + 1) * dModel);
      const input = rounded(own.map((value, i) => value * gain[i]), dtype);
      for (let output = 0; output < outputs; output++) {
        let sum = 0;
        for (let i = 0; i < dModel; i++) sum += input[i] * halves[output * dModel + i];
        const step = dtype === "f16" ? 2 ** -11 : 2 ** -8;
        const found = queries[position * outputs + output];
        assertAlmostEquals(found, sum, 1e-5 + step * Math.abs(sum));
      }
    }
    await model.dispose();
  }
});

Deno.test("what is tapped while writing in half precision equals one forward pass over the text", async () => {
  const folder = "tests/data/checkpoints/qwen2_grouped";
  const model = await loadModel(folder, { device: "cpu", dtype: "bf16" });
  const at = "blocks.1.hook_resid_post";
  const options = { tap: at, maxNewTokens: 5, stopAtEnd: false };
  const { cache, wholeRows } = await model.generate(ROWS, options);
  const again = await model.run(wholeRows, { tap: at });
  wholeRows.forEach((tokens, row) => {
    // The last token was drawn and not read.
    const read = { position: { to: tokens.length - 1 } };
    const [one, two] = [cache, again].map((each) => each.row(row).get(at).slice(read));
    assert(largestDifference(one, two) < 0.02);
  });
  await model.dispose();
});

Deno.test("gradients of a model in half precision are computed in f32, of the rounded weights", async () => {
  const folder = "tests/data/checkpoints/qwen2_grouped";
  const model = await loadModel(folder, { device: "cpu", dtype: "bf16" });
  const metric = { logProbability: 7 };
  const at = "blocks.1.hook_resid_pre";
  const value = async (shift: number) =>
    (await model.gradients(ROWS[0], metric, {
      at,
      edit: { at, positions: [-1], shift: [[shift, ...new Array(31).fill(0)]] },
    })).values[0];
  const { gradients } = await model.gradients(ROWS[0], metric, { at, positions: [-1] });
  const slope = (await value(0.05) - await value(-0.05)) / 0.1;
  assertAlmostEquals(gradients.get(at).data[0], slope, 2e-3);
  await model.dispose();
});

Deno.test("an element type that is unknown is refused", async () => {
  await assertRejects(
    () => loadModel("countdown-r1", { dtype: "f8" as never }),
    CircuitbookError,
    'to be "f32", "f16", "bf16" or "int8"',
  );
});

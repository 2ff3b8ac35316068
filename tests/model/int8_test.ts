import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CircuitbookError, loadModel, type Model } from "circuitbook";
import { int8Bytes, type Int8Matrix, matrixSize, quantised } from "../../lib/model/decoder/int8.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import * as families from "../../lib/model/families/mod.ts";
import { chooseDtype } from "../../lib/model/engine/dtype.ts";
import { Engine } from "../../lib/model/engine/engine.ts";
import { runRows } from "../../lib/model/run.ts";
import { largestDifference } from "./models.ts";

const CASES = [
  "qwen2_grouped",
  "gpt2_full",
  "llama_single",
  "attention_only",
  "neox_parallel",
  "olmo2_post_norms",
  "gemma2_windows",
];
const ROWS = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5]];
const folderOf = (name: string) => `tests/data/checkpoints/${name}`;

/** The number that a quantised matrix holds at an output and an input. */
function held({ numbers, scales }: Int8Matrix, inputs: number, output: number, input: number) {
  const blocks = Math.ceil(inputs / 32);
  const at = output * blocks * 32 + input;
  return (numbers[at] - 128) * scales[Math.floor(at / 32)];
}

Deno.test("a matrix in 8 bits holds each number to half a step of its block, in both layouts", () => {
  const size = { inputs: 70, outputs: 5 };
  const data = Float32Array.from({ length: 350 }, (_, i) => Math.sin(i * i) * 10 ** (i % 3 - 1));
  for (const layout of ["out-in", "in-out"] as const) {
    const matrix = quantised(data, size, layout);
    assertEquals(matrix.numbers.length, 5 * 3 * 32);
    assertEquals(matrix.numbers.length + 4 * matrix.scales.length, int8Bytes(size));
    for (let output = 0; output < 5; output++) {
      for (let block = 0; block < 3; block++) {
        const inputs = Array.from(
          { length: Math.min(32, 70 - 32 * block) },
          (_, i) => 32 * block + i,
        );
        const numbers = inputs.map((input) =>
          data[layout === "out-in" ? output * 70 + input : input * 5 + output]
        );
        const step = Math.max(...numbers.map(Math.abs)) / 127;
        assertAlmostEquals(matrix.scales[output * 3 + block], step, 1e-7 * step);
        numbers.forEach((number, i) =>
          assertAlmostEquals(held(matrix, 70, output, inputs[i]), number, 0.5001 * step)
        );
      }
    }
  }
  assertEquals([...quantised(new Float32Array(32), { inputs: 32, outputs: 1 }, "out-in").numbers], [
    ...new Array(32).fill(128),
  ]);
});

/**
 * Returns the sum of a vector and a row of a matrix after both were rounded to 8 bits, block by
 * block.
 */
function product(vector: Float32Array, row: Float32Array): number {
  let sum = 0;
  for (let first = 0; first < vector.length; first += 32) {
    const [a, b] = [vector, row].map((all) => all.subarray(first, first + 32));
    const [stepA, stepB] = [a, b].map((all) => Math.fround(Math.max(...all.map(Math.abs)) / 127));
    if (stepA === 0 || stepB === 0) continue;
    let inBlock = 0;
    a.forEach((value, i) => inBlock += Math.round(value / stepA) * Math.round(b[i] / stepB));
    sum += inBlock * stepA * stepB;
  }
  return sum;
}

Deno.test("queries and logits in int8 are sums of rounded numbers, block by block", async () => {
  const model = await loadModel(folderOf("llama_single"), { device: "cpu", dtype: "int8" });
  const { weights, dModel, vocab } = model.architecture;
  const { q, ln1 } = weights.layer(0);
  for (
    const [norm, gainName, matrixName, at] of [
      ["blocks.0.ln1.hook_normalized", ln1!.weight, q!.weight, "blocks.0.attn.hook_q"],
      ["ln_final.hook_normalized", weights.finalNorm!.weight, weights.unembed, "logits"],
    ]
  ) {
    const cache = await model.run([ROWS[0]], { tap: [norm, at] });
    const [gain, matrix] = await Promise.all(
      [gainName, matrixName].map(async (name) => (await model.weight(name)).data),
    );
    const outputs = matrix.length / dModel;
    assert(at !== "logits" || outputs === vocab);
    const found = cache.get(at).data;
    const largest = Math.max(...found.map(Math.abs));
    for (let position = 0; position < ROWS[0].length; position++) {
      const first = position * dModel;
      const input = cache.get(norm).data.slice(first, first + dModel).map((x, i) => x * gain[i]);
      for (let output = 0; output < outputs; output++) {
        const own = product(input, matrix.subarray(output * dModel, (output + 1) * dModel));
        // A number between two steps may be rounded either way.
        assertAlmostEquals(found[position * outputs + output], own, 2e-3 * largest);
      }
    }
  }
  await model.dispose();
});

for (const name of CASES) {
  Deno.test(`${name} in int8 is close to f32, and what it writes equals one pass over the text`, async () => {
    const [model, exact] = await Promise.all(
      (["int8", "f32"] as const).map((dtype) =>
        loadModel(folderOf(name), { device: "cpu", dtype })
      ),
    );
    assertEquals([model.dtype, exact.dtype], ["int8", "f32"]);
    const [found, wanted] = await Promise.all([model, exact].map((each) => each.run(ROWS)));
    const row = (logits: typeof found) => logits.row(0).logits;
    const off = relativeError(row(found).data, row(wanted).data);
    assert(off > 0.001 && off < 0.05, `logits are off by ${off} of their root mean square`);
    await consistent(model);
    await Promise.all([model, exact].map((each) => each.dispose()));
  });
}

/**
 * Returns the root mean square of a difference, divided by the root mean square of the exact
 * numbers.
 */
function relativeError(found: Float32Array, wanted: Float32Array): number {
  const squares = (numbers: Float32Array) => numbers.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(found.map((value, i) => value - wanted[i])) / squares(wanted));
}

/** Holds what is tapped while writing to one pass over the whole text. */
async function consistent(model: Model): Promise<void> {
  const at = "blocks.1.hook_resid_post";
  const { cache, wholeRows } = await model.generate(ROWS, {
    tap: at,
    maxNewTokens: 5,
    stopAtEnd: false,
    edit: { at: "blocks.0.attn.hook_z", heads: [0], scale: 0 },
  });
  const again = await model.run(wholeRows, {
    tap: at,
    edit: { at: "blocks.0.attn.hook_z", heads: [0], scale: 0 },
  });
  wholeRows.forEach((tokens, row) => {
    // The last token was drawn and not read.
    const read = { position: { to: tokens.length - 1 } };
    const [one, two] = [cache, again].map((each) => each.row(row).get(at).slice(read));
    const size = Math.max(...two.data.map(Math.abs));
    // A number between two steps of 8 bits may be rounded either way: a step is a 127th.
    assert(largestDifference(one, two) < 0.02 * size);
  });
}

Deno.test("the lens of an int8 model reads its own unembedding, and log-probabilities are its own", async () => {
  const model = await loadModel(folderOf("qwen2_grouped"), { device: "cpu", dtype: "int8" });
  const [row] = ROWS;
  const cache = await model.run([row], { tap: "blocks.*.hook_resid_post", logits: true });
  const last = cache.get(`blocks.${model.architecture.layers - 1}.hook_resid_post`);
  const vectors = last.slice({ batch: 0, position: [row.length - 1] });
  const { asked } = await model.unembed(
    vectors.reshape({ example: 1, d_model: last.size("d_model") }),
    {
      tokens: [0, 1, 2, 3],
      score: "logit",
    },
  );
  const logits = cache.logits.slice({ batch: 0, position: row.length - 1 }).data;
  asked.data.forEach((score, token) => assertAlmostEquals(score, logits[token], 1e-5));
  const [own] = await model.logProbabilities([row]);
  const before = cache.logits.slice({ batch: 0, position: row.length - 2 }).data;
  const total = Math.log(before.reduce((sum, value) => sum + Math.exp(value), 0));
  assertAlmostEquals(own.at(-1)!, before[row.at(-1)!] - total, 1e-4);
  await model.dispose();
});

Deno.test("gradients, edges and what heads write one by one are refused in int8", async () => {
  const model = await loadModel(folderOf("qwen2_grouped"), { device: "cpu", dtype: "int8" });
  const [row] = ROWS;
  const pairs = { clean: [row], corrupted: [row.toReversed()] };
  const metric = { logProbability: 7 };
  const result = "blocks.1.attn.hook_result";
  for (
    const [work, what] of [
      [() => model.gradients(row, metric, { at: "blocks.1.hook_resid_pre" }), "gradients"],
      [() => model.lossGradients([row], [row.slice(1).map(() => 1)]), "gradients"],
      [() => model.run(row, { tap: result }), result],
      [() => model.run(row, { edit: { at: result, heads: [0], scale: 0 } }), result],
      [() => model.edgeScores(pairs, metric, { steps: 1 }), "edges"],
      [() => model.runEdges(pairs, [], metric), "edges"],
    ] as const
  ) {
    const { message } = await assertRejects(async () => await work(), CircuitbookError);
    assert(message.includes(what) && message.includes('dtype "f32"'), message);
  }
  const { logits } = await model.run(row, { edit: { at: result, heads: [0], scale: 1 } });
  assertEquals(logits.sizes.position, row.length);
  await model.dispose();
});

Deno.test("the weights of an int8 model are quantised once for all plans, and count in the sums", async () => {
  const checkpoint = await openCheckpoint(folderOf("qwen2_grouped"));
  const architecture = families.architectureOfCheckpoint(checkpoint);
  const engine = new Engine(architecture, checkpoint, "cpu", { dtype: "int8" });
  await runRows(engine, [ROWS[0]], { tap: "blocks.0.hook_resid_post" });
  const few = engine.quantised;
  await runRows(engine, [ROWS[0]], {});
  const all = engine.quantised;
  // Queries, keys, values, outputs, and three matrices of an MLP in each layer, and the
  // unembedding.
  assertEquals([few, all], [7, 7 * architecture.layers + 1]);
  await runRows(engine, [ROWS[0]], { tap: "blocks.*.hook_mlp_out", logits: true });
  assertEquals(engine.quantised, all);
  await engine.dispose();
  const tight = new Engine(architecture, checkpoint, "cpu", {
    dtype: "int8",
    available: () => 2e4,
  });
  const { message } = await assertRejects(() => runRows(tight, [[1, 2]], {}), CircuitbookError);
  assert(message.includes("kB for weights in 8 bits"), message);
  await tight.dispose();
  assertEquals(int8Bytes(matrixSize([64, 40], "out-in")), 64 * 2 * 36);
});

Deno.test("int8 is refused on a GPU and in training, and an element type must be a known one", async () => {
  const checkpoint = await openCheckpoint(folderOf("qwen2_grouped"));
  const architecture = families.architectureOfCheckpoint(checkpoint);
  await assertRejects(
    () => chooseDtype("int8", "webgpu", checkpoint),
    CircuitbookError,
    "weights in 8 bits are for the processor",
  );
  await assertRejects(() => chooseDtype("f8" as never, "cpu", checkpoint), CircuitbookError, "f8");
  const dtype = "int8";
  assertThrows(
    () => new Engine(architecture, checkpoint, "webgpu", { dtype }),
    CircuitbookError,
    "Expected the CPU",
  );
  assertThrows(
    () => new Engine(architecture, { ...checkpoint, live: new Map() }, "cpu", { dtype }),
    CircuitbookError,
    "training",
  );
});

Deno.test("countdown-r1 writes the right sum in int8", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu", dtype: "int8" });
  const { texts } = await model.generate(["11 + 5 =", "19 - 6 ="], { maxNewTokens: 3 });
  assertEquals(texts, [" 16", " 13"]);
  await model.dispose();
});

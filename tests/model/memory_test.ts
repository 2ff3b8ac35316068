import { fromFileUrl } from "@std/path";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkpoints, CircuitbookError, families, recipes, Tensor } from "circuitbook";
import { availableMemory } from "../../lib/model/engine/available_memory.ts";
import { chunksOf } from "../../lib/model/engine/chunks.ts";
import { Engine } from "../../lib/model/engine/engine.ts";
import { tappedBytes } from "../../lib/model/engine/memory.ts";
import { verifyTrainingFits } from "../../lib/train/memory.ts";
import { freeOfFirst } from "../../lib/model/engine/gpu_memory.ts";
import { edgeScores } from "../../lib/model/edges/scores.ts";
import { runEdges } from "../../lib/model/edges/masked_runs.ts";
import { Generating } from "../../lib/model/generate.ts";
import { gradientRows } from "../../lib/model/gradients.ts";
import { logProbabilities, lossGradients } from "../../lib/model/loss_gradients.ts";
import { runRows } from "../../lib/model/run.ts";
import { unembed } from "../../lib/model/unembed.ts";

const ROW = Array.from({ length: 40 }, (_, i) => i + 1);

/** An engine of a small checkpoint that believes that so many bytes are left. */
async function engineWith(available: number, name = "qwen2_grouped", prepackLimit?: number) {
  const checkpoint = await checkpoints.openCheckpoint(`tests/data/checkpoints/${name}`);
  const architecture = families.architectureOfCheckpoint(checkpoint);
  return new Engine(architecture, checkpoint, "cpu", {
    prepackLimitBytes: prepackLimit,
    available: () => available,
  });
}

Deno.test("what taps return is known before the run, to the byte", async () => {
  const engine = await engineWith(Infinity);
  const rows = [ROW, ROW.slice(0, 9)];
  for (
    const tap of [
      { at: "blocks.*.attn.hook_pattern" },
      { at: "blocks.*.attn.hook_pattern", positions: [-1, 2], heads: [1] },
      { at: "blocks.0.attn.hook_k" },
      { at: "blocks.1.attn.hook_result", heads: [0, 1] },
      { at: "**", positions: [[3], [0, 1]] },
    ]
  ) {
    const cache = await runRows(engine, rows, { tap });
    const bytes = cache.names.map((name) => cache.get(name).data.byteLength);
    assertEquals(tappedBytes([tap], rows, engine.architecture).toSorted(), bytes.toSorted());
  }
  await engine.dispose();
});

Deno.test("a run that does not fit is refused with both sizes, each need and a way out", async () => {
  const engine = await engineWith(6e6);
  const rows = Array.from({ length: 200 }, () => ROW);
  await assertRejects(
    () => runRows(engine, rows, { tap: "blocks.*.attn.hook_pattern" }),
    CircuitbookError,
    "Expected a run that fits into the 6 MB of memory that are left but found one that needs",
  );
  const { message } = await assertRejects(
    () => runRows(engine, rows, { tap: "blocks.*.attn.hook_pattern" }),
    CircuitbookError,
  );
  assert(/MB for tapped activations, .*select positions or heads in the taps/.test(message));
  const few = await runRows(engine, rows.slice(0, 2), { tap: "blocks.*.attn.hook_pattern" });
  assertEquals(few.names.length, engine.architecture.layers);
  await engine.dispose();
});

Deno.test("weights that do not fit are refused, mapped or widened", async () => {
  for (
    const [name, purpose] of [
      ["qwen2_grouped", "kB for weights"],
      ["qwen2_grouped_bf16", "kB for weights widened to f32"],
    ]
  ) {
    const engine = await engineWith(2e4, name, 0);
    const { message } = await assertRejects(() => runRows(engine, [[1, 2]], {}), CircuitbookError);
    assert(message.includes(purpose) && message.includes("load a smaller model"), message);
  }
});

Deno.test("a generation whose keys and values do not fit is refused", async () => {
  const engine = await engineWith(2e6);
  const prompts = Array.from({ length: 200 }, () => ROW);
  const { message } = await assertRejects(
    () =>
      Promise.resolve(
        new Generating(engine, undefined as never, prompts, { maxNewTokens: 20, batchSize: 200 }),
      ),
    CircuitbookError,
  );
  assert(message.includes("for keys and values"), message);
  assert(message.includes("a smaller batchSize"), message);
});

Deno.test("gradients that do not fit are refused, and fit where they are computed again", async () => {
  const engine = await engineWith(3e6);
  const rows = Array.from({ length: 30 }, () => ROW);
  const options = { at: "blocks.0.hook_resid_pre", positions: [-1] };
  const { message } = await assertRejects(
    () => gradientRows(engine, rows, { loss: "next token" }, options),
    CircuitbookError,
  );
  assert(message.includes("the 3 MB of memory that are left"), message);
  assert(/MB for the activations of all layers, .*for the logits that the metric/.test(message));
  assert(message.includes('set activations: "recompute"'), message);
  const one = await gradientRows(engine, [ROW.slice(0, 5)], { loss: "next token" }, options);
  assertEquals(one.gradients.names, ["blocks.0.hook_resid_pre"]);
  await engine.dispose();
});

Deno.test("a loss that does not fit is refused before the pass, with or without gradients", async () => {
  const engine = await engineWith(1e6);
  const rows = Array.from({ length: 100 }, () => ROW);
  const weights = rows.map((row) => row.slice(1).map(() => 1));
  const { message } = await assertRejects(
    () => lossGradients(engine, rows, weights),
    CircuitbookError,
  );
  assert(
    /for the activations of all layers, .*kB for the gradients by the trained weights/.test(
      message,
    ),
  );
  assert(message.includes("set a smaller batchTokens"), message);
  await assertRejects(
    () => logProbabilities(engine, rows),
    CircuitbookError,
    "for the activations of a layer",
  );
  await engine.dispose();
});

Deno.test("vectors whose scores do not fit are not read through the unembedding", async () => {
  const engine = await engineWith(3e6);
  const { dModel } = engine.architecture;
  const vectors = (example: number) =>
    new Tensor(new Float32Array(example * dModel).fill(1), { example, d_model: dModel });
  // Two copies of 10 tokens and 10 scores of each of 20,000 vectors, 4 bytes each.
  await assertRejects(
    () => unembed(engine, vectors(20_000)),
    CircuitbookError,
    "3 MB for the scores of all vectors",
  );
  const { tokens } = await unembed(engine, vectors(100));
  assertEquals(tokens.shape, [100, 10]);
  await engine.dispose();
});

Deno.test("runs of edges that do not fit are refused", async () => {
  const engine = await engineWith(2e5);
  const pairs = { clean: [ROW], corrupted: [ROW.toReversed()] };
  const metric = { logProbability: 3 };
  await assertRejects(
    () => edgeScores(engine, pairs, metric, { steps: 1 }),
    CircuitbookError,
    "for what all receivers read",
  );
  const [clean] = await assertEdges(pairs, metric);
  assertEquals(clean.length, 1);
  await engine.dispose();

  /**
   * Checks that a run of the whole circuit is refused if it does not fit into memory, and returns
   * its values with enough memory.
   */
  async function assertEdges(given: typeof pairs, asked: typeof metric): Promise<number[][]> {
    const large = await engineWith(1e9);
    const { shape: [, edges] } = await edgeScores(large, given, asked, { steps: 1 });
    const mask = new Float32Array(edges).fill(1);
    await assertRejects(
      () => runEdges(engine, given, [mask], asked),
      CircuitbookError,
      "for what all nodes write",
    );
    const values = await runEdges(large, given, [mask], asked);
    await large.dispose();
    return values;
  }
});

Deno.test("a training that does not fit is refused before its weights are made", async () => {
  const { architecture } = await engineWith(Infinity);
  const [phase] = recipes.maxOfList.phases!;
  const training = { phases: [{ ...phase, batchTokens: 100_000 }] };
  const model = { architecture, shapes: architecture.shapes };
  const refused = (available: number) =>
    assertThrows(
      () => verifyTrainingFits(training, model, available),
      CircuitbookError,
    ).message;
  assert(/for the optimizer, .*for weights, /.test(refused(1e6)), refused(1e6));
  assert(refused(1e6).includes("set a smaller batchTokens"), refused(1e6));
  verifyTrainingFits(training, model, 10e9);
});

Deno.test("on a GPU everything must fit into its memory, and results into the processor's", async () => {
  const checkpoint = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped");
  const architecture = families.architectureOfCheckpoint(checkpoint);
  const rows = Array.from({ length: 200 }, () => ROW);
  const engineOf = (host: number, gpu: number) =>
    new Engine(architecture, checkpoint, "cuda", {
      available: () => host,
      leftOnGpu: () => Promise.resolve(gpu),
    });
  const run = (host: number, gpu: number) =>
    runRows(engineOf(host, gpu), rows, { tap: "blocks.*.attn.hook_pattern" });
  await assertRejects(
    () => run(1e9, 6e6),
    CircuitbookError,
    "fits into the 6 MB of memory of the GPU that are left",
  );
  await assertRejects(
    () => run(7e6, 1e9),
    CircuitbookError,
    "fits into the 7 MB of memory that are left",
  );
  assertEquals(freeOfFirst("40536\n81920\n"), 40536 * 1024 * 1024);
  assertEquals(freeOfFirst("[N/A]"), Infinity);
});

Deno.test("on a GPU matrices in half precision count two bytes a number, and the rest four", async () => {
  const checkpoint = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped_bf16");
  const architecture = families.architectureOfCheckpoint(checkpoint);
  const sizes = [...checkpoint.tensors.values()].map(({ shape }) => ({
    count: shape.reduce((a, b) => a * b, 1),
    matrix: shape.length === 2,
  }));
  const bytes = (ofMatrix: number) =>
    sizes.reduce((sum, { count, matrix }) => sum + count * (matrix ? ofMatrix : 4), 0);
  const fits = async (dtype: "f32" | "f16" | "bf16", left: number) => {
    const engine = new Engine(architecture, checkpoint, "cuda", {
      dtype,
      available: () => 1e12,
      leftOnGpu: () => Promise.resolve(left),
    });
    return await engine.verifyFits([]).then(() => true, () => false);
  };
  assert(bytes(2) < 0.6 * bytes(4));
  for (const dtype of ["f16", "bf16"] as const) {
    assert(await fits(dtype, bytes(2)));
    assert(!await fits(dtype, bytes(2) - 1));
  }
  assert(await fits("f32", bytes(4)));
  assert(!await fits("f32", bytes(4) - 1));
});

Deno.test("the memory that is left is more than nothing and less than the machine has", () => {
  const left = availableMemory();
  assert(left > 0 && left <= Deno.systemMemoryInfo().total, String(left));
});

Deno.test("the memory that is left is known with the permissions of a task", async () => {
  const module = import.meta.resolve("../../lib/model/engine/available_memory.ts");
  const config = fromFileUrl(import.meta.resolve("../../deno.json"));
  const code = `console.log((await import(${JSON.stringify(module)})).availableMemory())`;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(script, code);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--config",
      config,
      "--no-prompt",
      "--allow-read",
      "--allow-sys",
      "--allow-ffi",
      script,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(script);
  const left = Number(new TextDecoder().decode(stdout));
  const here = availableMemory();
  assert(left > here / 2 && left < here * 2, `${left} and ${here}`);
});

Deno.test("big taps over many rows are run in several passes, whose results are joined", async () => {
  const engine = await engineWith(Infinity);
  const rows = Array.from({ length: 40 }, (_, i) => ROW.slice(i % 7));
  assertEquals(chunksOf(rows, true, 0).length, 2);
  assertEquals(chunksOf(rows, true, 1e9).map(({ rows }) => rows.length), [10, 10, 10, 10]);
  assertEquals(chunksOf(rows, true, 1e12).length, 40);
  const name = "blocks.1.attn.hook_pattern";
  const together = (await runRows(engine, rows, { tap: name })).get(name);
  for (const row of [0, 34, 39]) {
    const alone = (await runRows(engine, [rows[row]], { tap: name })).get(name);
    const own = { from: ROW.length - rows[row].length };
    const part = together.slice({ batch: row, query: own, key: own });
    part.data.forEach((value, i) => assertAlmostEquals(value, alone.data[i], 1e-5));
  }
  await engine.dispose();
});

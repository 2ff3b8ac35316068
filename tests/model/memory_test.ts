import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { checkpoints, CircuitbookError, families } from "circuitbook";
import { availableMemory } from "../../lib/model/engine/available_memory.ts";
import { chunksOf } from "../../lib/model/engine/chunks.ts";
import { Engine } from "../../lib/model/engine/engine.ts";
import { tappedBytes } from "../../lib/model/engine/memory.ts";
import { Generating } from "../../lib/model/generate.ts";
import { runRows } from "../../lib/model/run.ts";

const ROW = Array.from({ length: 40 }, (_, i) => i + 1);

/** An engine of a small checkpoint that believes that so many bytes are left. */
async function engineWith(available: number, name = "qwen2_grouped", prepackLimit?: number) {
  const checkpoint = await checkpoints.openCheckpoint(`tests/data/checkpoints/${name}`);
  const architecture = families.architectureOfCheckpoint(checkpoint);
  return new Engine(architecture, checkpoint, "cpu", prepackLimit, () => available);
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

Deno.test("the memory that is left is more than nothing and less than the machine has", () => {
  const left = availableMemory();
  assert(left > 0 && left <= Deno.systemMemoryInfo().total, String(left));
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

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { checkpoints, families } from "circuitbook";
import { decoderGraph } from "../../lib/model/decoder/decoder.ts";
import { F32_PRODUCTS } from "../../lib/model/decoder/precision.ts";
import { batchOf } from "../../lib/model/plan/batch.ts";
import { planTaps } from "../../lib/model/plan/tap.ts";
import { type Plan, planKey } from "../../lib/model/plan/plan.ts";
import { Generating } from "../../lib/model/generate.ts";
import type { Engine } from "../../lib/model/engine/engine.ts";
import { largeEngine, passesOf } from "./large_engine.ts";
import { assertClose, openCase } from "./reference_cases.ts";

for (const name of ["qwen2_grouped_f16", "qwen2_grouped_bf16"]) {
  Deno.test(`${name}: a large model's steps of a few rows compute what a forward pass over the text does`, async () => {
    const { model, reference } = await openCase(name);
    const engine = await largeEngine(model);
    const passes = passesOf(engine);
    const { A, B } = reference.rows;
    const edit = reference.edits.z_head;
    const tap = ["blocks.*.hook_resid_post", "logits"];
    const options = { maxNewTokens: 16, stopAtEnd: false, edit, tap };
    const { rows, cache } = await new Generating(engine, model.tokenizer, [A, B], options);
    assert(passes.some(({ plan }) => plan.fewRows));
    assert(passes.every(({ plan, count }) => !plan.fewRows || count === 2));
    for (const [row, { promptTokens, tokens }] of rows.entries()) {
      const whole = await model.run([...promptTokens, ...tokens], { edit, tap });
      for (const point of ["blocks.1.hook_resid_post", "logits"]) {
        assertClose(cache.row(row).get(point), whole.get(point).data, 1e-4, `${point} of ${row}`);
      }
    }
    await engine.dispose();
    await model.dispose();
  });
}

Deno.test("a plan for few rows is another plan, whose graph writes every product of a layer with the weights first", async () => {
  const { model } = await openCase("qwen2_grouped_f16");
  const checkpoint = await checkpoints.openCheckpoint(model.checkpoint.folder);
  const architecture = families.architectureOfCheckpoint(checkpoint);
  const { taps } = planTaps([{ at: "logits" }], architecture, batchOf([[0]]));
  const plan = { taps, edits: new Map(), cached: false, padded: false } as const;
  const few = { ...plan, fewRows: true };
  assertNotEquals(planKey(few), planKey(plan));
  const turned = (own: Plan) =>
    decoderGraph(architecture, checkpoint, own, {
      fusedAttention: false,
      fedWeights: "float32",
      products: F32_PRODUCTS,
    }).nodes.filter(({ op, inputs }) =>
      op === "FusedMatMul" && inputs[0]?.name.startsWith("model.layers.")
    ).length;
  assertEquals([turned(plan), turned(few)], [0, 7 * architecture.layers]);
  await model.dispose();
});

const PLAN = { taps: [], edits: new Map(), cached: "host", padded: false } as const;

/** Whether the steps of so many rows have the plan of few rows. */
function isFew(engine: Engine, rows: number): boolean {
  return engine.planOfStep(PLAN, rows).fewRows ?? false;
}

Deno.test("a model whose matrices are stored [in, out] has no plan for few rows", async () => {
  const { model } = await openCase("gpt2_full");
  const engine = await largeEngine(model);
  assertEquals(isFew(engine, 8), false);
  await engine.dispose();
  await model.dispose();
});

Deno.test("steps of very many rows, or of a few tokens, have the plan of the prompts", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped_f16");
  const engine = await largeEngine(model);
  const passes = passesOf(engine);
  const write = async (rows: number, maxNewTokens: number) => {
    const prompts = Array.from({ length: rows }, () => A);
    await new Generating(engine, model.tokenizer, prompts, { maxNewTokens, stopAtEnd: false });
    return passes.filter(({ plan }) => plan.fewRows).length;
  };
  assertEquals([await write(1, 20), await write(49, 20), await write(2, 3)], [0, 0, 0]);
  assertEquals(await write(2, 16), 15);
  assertEquals([1, 2, 48, 49].map((rows) => isFew(engine, rows)), [false, true, true, false]);
  await engine.dispose();
  await model.dispose();
});

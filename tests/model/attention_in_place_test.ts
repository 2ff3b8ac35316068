// The steps of a large model's single row write keys and values in place.
import { assert, assertEquals } from "@std/assert";
import { countdown, type Edit, loadModel, type Model } from "circuitbook";
import { canAttendInPlace } from "../../lib/model/decoder/attention_in_place.ts";
import type { Engine } from "../../lib/model/engine/engine.ts";
import { Generating } from "../../lib/model/generate.ts";
import type { GenerateOptions } from "../../lib/model/generation/generation.ts";
import { planEdits } from "../../lib/model/plan/plan.ts";
import { writeRandomCheckpoint } from "../bench/random_checkpoint.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { largeEngine, passesOf, type RecordedPass } from "./large_engine.ts";
import { assertSame } from "./models.ts";
import { openCase } from "./reference_cases.ts";

const TAP = ["blocks.*.hook_resid_post", "logits"];

const HEAD: Edit = { at: "blocks.1.attn.hook_z", heads: [1], scale: 0 };

const VALUES: Edit = {
  at: "blocks.0.attn.hook_v",
  shift: 0.3,
  when: ({ tokens }) => tokens.length % 3 === 0,
};

function isInPlace({ plan: { cached } }: RecordedPass): boolean {
  return cached === "in place";
}

/** Writes texts, and holds every activation to a forward pass over the whole text. */
async function verifySteps(
  engine: Engine,
  model: Model,
  prompts: readonly number[][],
  options: GenerateOptions,
): Promise<void> {
  const tapped = { ...options, tap: TAP, stopAtEnd: false };
  const { rows, cache } = await new Generating(engine, model.tokenizer, prompts, tapped);
  for (const [row, { promptTokens, tokens }] of rows.entries()) {
    const whole = await model.run([...promptTokens, ...tokens], { edit: options.edit, tap: TAP });
    for (const point of ["blocks.0.hook_resid_post", "blocks.1.hook_resid_post", "logits"]) {
      const expected = whole.row(0).get(point);
      const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 10);
      assertSame(cache.row(row).get(point), expected, 1e-5 * largest, `${point} of ${row}`);
    }
  }
}

for (const name of ["llama_yarn_rope", "qwen3_grouped"]) {
  Deno.test(`${name}: steps in place compute what a forward pass over the text does`, async () => {
    const { model, reference: { rows: { A } } } = await openCase(name);
    const engine = await largeEngine(model);
    const passes = passesOf(engine);
    for (const edit of [[], [HEAD], [VALUES], [HEAD, VALUES]]) {
      await verifySteps(engine, model, [A], { maxNewTokens: 20, edit });
    }
    // The first token of a text comes from the pass over its prompt.
    assertEquals(passes.filter(isInPlace).length, 4 * 20);
    await engine.dispose();
    await model.dispose();
  });
}

Deno.test("steps in place go on where the room for keys and values was filled, and after a prompt of one token", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const engine = await largeEngine(model);
  const passes = passesOf(engine);
  const prompt = [...model.tokenizer.encode("Numbers: 3 5 8 9. Target: 25.")];
  for (const tokens of [prompt, prompt.slice(0, 1)]) {
    await verifySteps(engine, model, [tokens], { maxNewTokens: 150, temperature: 1 });
  }
  assert(passes.filter(isInPlace).length >= 300);
  await engine.dispose();
  await model.dispose();
});

Deno.test("a model without a rotary embedding writes in place, too", async () => {
  await using folder = await temporaryFolder();
  const sizes = { n_embd: 32, n_head: 2, n_layer: 2, n_positions: 64, vocab_size: 50 };
  await writeRandomCheckpoint(folder.path, { model_type: "gpt2", ...sizes });
  const model = await loadModel(folder.path, { device: "cpu" });
  const engine = await largeEngine(model);
  const passes = passesOf(engine);
  await verifySteps(engine, model, [[3, 1, 4, 1, 5]], { maxNewTokens: 20 });
  assertEquals(passes.filter(isInPlace).length, 20);
  await engine.dispose();
  await model.dispose();
});

Deno.test("the last row of a batch is written in place unless the batch is padded", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const engine = await largeEngine(model);
  const passes = passesOf(engine);
  const [one, two, longer] = [[5, 9, 20], [4, 6, 30], [5, 9, 20, 3]].map((numbers) => {
    const prompt = countdown.prompts.short(countdown.problem(numbers, 24));
    return [...model.tokenizer.encode(prompt)];
  });
  const write = async (prompts: readonly number[][]) => {
    const before = passes.filter(isInPlace).length;
    await verifySteps(engine, model, prompts, { maxNewTokens: 200, stop: "</answer>" });
    return passes.filter(isInPlace).length - before;
  };
  assertEquals(one.length, two.length);
  assert(await write([one, two]) > 0);
  assertEquals(await write([one, longer]), 0);
  await engine.dispose();
  await model.dispose();
});

Deno.test("attention is not written in place with a hook inside it, or where the operator differs", async () => {
  const cases: [name: string, expected: boolean][] = [
    ["llama_yarn_rope", true],
    ["qwen3_grouped", true],
    ["qwen2_grouped", false],
    ["mistral_grouped", true],
    ["gemma2_windows", false],
  ];
  const plan = { taps: [], edits: new Map(), cached: "host", padded: false } as const;
  for (const [name, expected] of cases) {
    const { model } = await openCase(name);
    assertEquals(canAttendInPlace(plan, model.architecture), expected, name);
    await model.dispose();
  }
  const { model } = await openCase("qwen3_grouped");
  const { architecture } = model;
  const edited = (at: string) => {
    const edits = planEdits([{ at, scale: 0 }], architecture);
    return canAttendInPlace({ ...plan, edits }, architecture);
  };
  assertEquals(edited("blocks.1.attn.hook_q"), true);
  assertEquals(edited("blocks.1.attn.hook_z"), true);
  assertEquals(edited("blocks.1.attn.hook_rot_k"), false);
  assertEquals(edited("blocks.0.attn.hook_pattern"), false);
  assertEquals(edited("blocks.0.attn.hook_attn_scores"), false);
  assertEquals(canAttendInPlace({ ...plan, padded: true }, architecture), false);
  await model.dispose();
});

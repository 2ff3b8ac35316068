// The steps of a large model's single row write keys and values in place.
import { assert, assertEquals } from "@std/assert";
import { countdown, type Edit, families, loadModel, type Model, Tensor } from "circuitbook";
import { canAttendInPlace } from "../../lib/model/decoder/attention_in_place.ts";
import { Engine } from "../../lib/model/engine/engine.ts";
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

/** A function between two parts of the graph. */
const DOUBLED: Edit = {
  at: "blocks.1.hook_resid_pre",
  apply: (stream) => new Tensor(stream.data.map((value) => 2 * value), stream.sizes),
};

/** Opens a checkpoint with random weights in half precision, which a large model is fed. */
async function halfModel(config: Record<string, unknown>) {
  const folder = await temporaryFolder();
  await writeRandomCheckpoint(folder.path, config, { dtype: "BF16", seed: 1 });
  const model = await loadModel(folder.path, { device: "cpu" });
  const engine = await largeEngine(model);
  return { model, engine, passes: passesOf(engine), [Symbol.asyncDispose]: dispose };

  async function dispose() {
    await engine.dispose();
    await model.dispose();
    await folder[Symbol.asyncDispose]();
  }
}

/** Returns the configuration of a small checkpoint. */
async function configOf(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`tests/data/checkpoints/${name}/config.json`));
}

/** A large model without a rotary embedding. */
const GPT2 = {
  model_type: "gpt2",
  n_embd: 32,
  n_head: 2,
  n_layer: 2,
  n_positions: 64,
  vocab_size: 50,
};

const PROMPT = [3, 1, 4, 1, 5];

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

const CONFIGS = {
  "Llama with YaRN": await configOf("llama_yarn_rope"),
  "Qwen3 with grouped heads": await configOf("qwen3_grouped"),
  "GPT-2, without a rotary embedding": GPT2,
};

for (const [name, config] of Object.entries(CONFIGS)) {
  Deno.test(`${name}: steps in place compute what a forward pass over the text does`, async () => {
    await using large = await halfModel(config);
    const { model, engine, passes } = large;
    for (const edit of [[], [HEAD], [VALUES], [HEAD, VALUES], [DOUBLED]]) {
      await verifySteps(engine, model, [PROMPT], { maxNewTokens: 20, edit });
    }
    // The first new token comes from the pass over the prompt. The activations of the last new
    // token take one more step.
    assertEquals(passes.filter(isInPlace).length, 5 * 20);
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

Deno.test("a neutral edit inside attention changes no logit of a text", async () => {
  await using large = await halfModel(CONFIGS["Qwen3 with grouped heads"]);
  const { model, engine } = large;
  const logits = async (edit: Edit[]) => {
    const options = { maxNewTokens: 20, stopAtEnd: false, edit, tap: ["logits"] };
    return (await new Generating(engine, model.tokenizer, [PROMPT], options)).cache.get("logits");
  };
  const neutral = await logits([{ at: "blocks.0.attn.hook_pattern", scale: 1 }]);
  assertEquals(neutral.data, (await logits([])).data);
});

Deno.test("attention is not in place with a hook inside it, or where the operator differs", async () => {
  const plan = { taps: [], edits: new Map(), cached: "host", padded: false } as const;
  const isInPlaceFor = async (name: string) =>
    canAttendInPlace(plan, families.architectureOf(await configOf(name)));
  assert(await isInPlaceFor("qwen3_grouped"));
  // Heads of 8, and a sliding window with a cap on the scores.
  assert(!await isInPlaceFor("qwen2_grouped"));
  assert(!await isInPlaceFor("gemma2_windows"));
  const architecture = families.architectureOf(CONFIGS["Qwen3 with grouped heads"]);
  const edited = (at: string) => {
    const edits = planEdits([{ at, scale: 0 }], architecture);
    return canAttendInPlace({ ...plan, edits }, architecture);
  };
  assert(edited("blocks.1.attn.hook_q"));
  assert(edited("blocks.1.attn.hook_z"));
  assert(!edited("blocks.1.attn.hook_rot_k"));
  assert(!edited("blocks.0.attn.hook_pattern"));
  assert(!edited("blocks.0.attn.hook_attn_scores"));
  assert(!canAttendInPlace({ ...plan, padded: true }, architecture));
});

Deno.test("weights in files, 8 bits and half precision have the plan of the prompts for their steps", async () => {
  const plan = { taps: [], edits: new Map(), cached: "host", padded: false } as const;
  await using large = await halfModel(CONFIGS["Qwen3 with grouped heads"]);
  const { checkpoint, architecture } = large.engine;
  assertEquals(large.engine.planOfStep(plan, 1).cached, "in place");
  for (const dtype of ["int8", "f16", "bf16"] as const) {
    const engine = new Engine(architecture, checkpoint, "cpu", { prepackLimitBytes: 0, dtype });
    assertEquals(engine.planOfStep(plan, 1), plan, dtype);
    await engine.dispose();
  }
  const { model } = await openCase("qwen3_grouped");
  const inFiles = await largeEngine(model);
  assertEquals(inFiles.planOfStep(plan, 1), plan);
  await inFiles.dispose();
  await model.dispose();
});

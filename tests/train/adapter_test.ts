import {
  checkpoints,
  CircuitbookError,
  loadModel,
  maxOfList,
  recipes,
  training,
} from "circuitbook";
import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { adapterMatrices } from "../../lib/train/adapter.ts";
import { hookPoints } from "../../lib/model/plan/hook_points.ts";
import { trainToFolder } from "../../lib/commands/train/train_to_folder.ts";

const DATA = "tests/data/adapter_gradients";
const SETTINGS = {
  llama_single: {
    rank: 3,
    alpha: 6,
    targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  },
  gpt2_full: { rank: 3, alpha: 6, targets: ["c_attn", "c_fc"] },
};
const ROWS = [[3, 9, 4, 11, 5, 7], [8, 2, 6, 10, 12, 1]];
const WEIGHTS = [[0.5, 0, 1, 0.25, 1], [1, 1, 0, -0.5, 2]];

/** Returns the tensors of a file, f32 by name. */
async function tensorsOf(path: string): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const { tensors } = await checkpoints.readSafetensorsHeader(path);
  const read = [...tensors.values()].map(async (tensor) =>
    [
      tensor.name,
      await checkpoints.readWeight(tensor as Parameters<typeof checkpoints.readWeight>[0]),
    ] as const
  );
  return new Map(await Promise.all(read));
}

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, name: string): void {
  assertEquals(found.length, wanted.length, name);
  const size = Math.max(...Array.from(wanted, Math.abs).filter(Number.isFinite));
  for (let i = 0; i < wanted.length; i++) {
    // Masked scores are -Infinity.
    if (found[i] === wanted[i]) continue;
    assertLess(Math.abs(found[i] - wanted[i]), 2e-5 * size + 1e-7, `${name} at ${i}`);
  }
}

for (const [name, settings] of Object.entries(SETTINGS)) {
  Deno.test(`${name}: loss and gradients of an adapter are those of PEFT`, async () => {
    const base = await loadModel(`tests/data/checkpoints/${name}`, { device: "cpu" });
    const learner = training.Learner.ofAdapter(base, settings, { seed: 1 });
    learner.set(await tensorsOf(`${DATA}/${name}/adapter_model.safetensors`));
    const wanted = await tensorsOf(`${DATA}/${name}/gradients.safetensors`);
    const { logits } = await learner.model.run(ROWS);
    assertClose(logits.data, wanted.get("logits")!, "logits");
    const { loss, gradients } = await learner.lossGradients({ rows: ROWS, weights: WEIGHTS });
    assertClose([loss], wanted.get("loss")!, "loss");
    assertEquals(gradients.size, wanted.size - 2);
    for (const [matrix, { data }] of gradients) {
      assertClose(data as Float32Array, wanted.get(matrix)!, matrix);
    }
    await learner.model.dispose();
    await base.dispose();
  });

  Deno.test(`${name}: every hook point with an adapter in memory is that of the merged weights`, async () => {
    const base = await loadModel(`tests/data/checkpoints/${name}`, { device: "cpu" });
    const learner = training.Learner.ofAdapter(base, settings, { seed: 1 });
    learner.set(await tensorsOf(`${DATA}/${name}/adapter_model.safetensors`));
    const merged = await loadModel(`${DATA}/${name}`, { device: "cpu" });
    assertEquals(merged.name, `${DATA}/${name}`);
    const tap = hookPoints(base.architecture).map(({ name }) => name);
    const [own, whole] = [await learner.model.run(ROWS, { tap }), await merged.run(ROWS, { tap })];
    for (const point of tap) assertClose(own.get(point).data, whole.get(point).data, point);
    for (const weight of base.architecture.shapes.keys()) {
      const [found, wanted] = await Promise.all(
        [learner.model, merged].map(({ checkpoint }) => checkpoint.read(weight)),
      );
      assertClose(found, wanted, weight);
    }
    for (const model of [base, learner.model, merged]) await model.dispose();
  });
}

Deno.test("a new adapter changes nothing, and its matrices A are within 1/√in", async () => {
  const base = await loadModel("countdown-r1", { device: "cpu" });
  const settings = { rank: 4, alpha: 8, targets: ["q_proj", "down_proj"] };
  const learner = training.Learner.ofAdapter(base, settings, { seed: 1 });
  const rows = base.tokens(["11 + 5 = 16"]);
  const [before, after] = [await base.run(rows), await learner.model.run(rows)];
  assertClose(after.logits.data, before.logits.data, "logits");
  const down = learner.weights.get("base_model.model.model.layers.3.mlp.down_proj.lora_A.weight")!;
  const greatest = Math.max(...down.map(Math.abs));
  assertLess(greatest, 1 / Math.sqrt(512));
  assert(greatest > 0.9 / Math.sqrt(512));
  assertEquals(learner.weights.size, 8 * 2 * 2);
  for (const model of [base, learner.model]) await model.dispose();
});

Deno.test("a module that a model does not have is refused as a target", async () => {
  const base = await loadModel("countdown-r1", { device: "cpu" });
  const settings = { rank: 4, alpha: 8, targets: ["q_proj", "c_attn"] };
  const { message } = assertThrows(
    () => adapterMatrices(base.architecture, settings, 1),
    CircuitbookError,
  );
  assert(message.includes('found "c_attn"') && message.includes("q_proj"), message);
  await base.dispose();
});

/** A recipe that trains an adapter of the embedded model on one sentence. */
function sentenceRecipe(start: string): training.Recipe {
  return training.recipe({
    name: "sentence",
    about: "Knows one line of arithmetic by heart.",
    start,
    adapter: { rank: 2, alpha: 4, targets: ["q_proj", "v_proj", "up_proj"] },
    chatTemplate: "Q: {{ messages[0]['content'] }} A:",
    phases: [{
      name: "all",
      data: "one line",
      documents: () => [{ text: "11 + 5 = 99" }],
      batchTokens: 64,
      length: { steps: 8 },
      optimizer: { adam: { rate: 1e-2 } },
    }],
  });
}

Deno.test("an adapter is trained, written in PEFT's format, opened, and trained further", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = ["first", "second"].map((name) => `${folder}/${name}`);
  const quiet = { onProgress: () => {} };
  await trainToFolder(
    sentenceRecipe("countdown-r1"),
    { out: first, resume: false },
    () => {},
    quiet,
  );
  const config = JSON.parse(await Deno.readTextFile(`${first}/adapter_config.json`));
  assertEquals([config.r, config.lora_alpha], [2, 4]);
  assertEquals(config.base_model_name_or_path, "countdown-r1");
  const loss = async (name: string) => {
    const model = await loadModel(name, { device: "cpu" });
    const [row] = await model.logProbabilities(model.tokens(["11 + 5 = 99"]));
    await model.dispose();
    return -row.reduce((a, b) => a + b, 0);
  };
  const { tokenizer } = await loadModel(first, { device: "cpu" });
  assertEquals(tokenizer.chat([{ role: "user", content: "11 + 5?" }]), "Q: 11 + 5? A:");
  assertEquals(tokenizer.pieces(tokenizer.encode("11 + 5 =")), ["1", "1", " +", " ", "5", " ="]);
  const [before, after] = [await loss("countdown-r1"), await loss(first)];
  assertLess(after, 0.5 * before);
  // The second run begins where the first ended.
  await trainToFolder(sentenceRecipe(first), { out: second, resume: false }, () => {}, quiet);
  assertLess(await loss(second), after);
  assertEquals(
    JSON.parse(await Deno.readTextFile(`${second}/adapter_config.json`)).base_model_name_or_path,
    "countdown-r1",
  );
  const other = { ...sentenceRecipe(first), adapter: { rank: 3, alpha: 4, targets: ["q_proj"] } };
  await assertRejects(() => training.train(other, quiet), CircuitbookError, "rank 3");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a recipe has a configuration and a tokenizer, or a start and an adapter", () => {
  const { phases, name, about } = recipes.maxOfList;
  const adapter = { rank: 1, alpha: 1, targets: ["q_proj"] };
  const tokenizer = maxOfList.tokenizerFile();
  const wrong: [Record<string, unknown>, string][] = [
    [{ tokenizer }, '"config"'],
    [{ adapter }, '"start"'],
    [{ adapter, start: "countdown-r1", tokenizer }, 'no "tokenizer"'],
    [{ adapter: { ...adapter, rank: 0 }, start: "countdown-r1" }, "at least 1"],
    [{ config: recipes.maxOfList.config, tokenizer, chatTemplate: "x" }, 'no "chatTemplate"'],
  ];
  for (const [parts, words] of wrong) {
    const input = { name, about, phases, ...parts } as training.RecipeInput;
    assertThrows(() => training.recipe(input), CircuitbookError, words);
  }
});

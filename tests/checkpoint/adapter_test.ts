import { type Checkpoint, checkpoints, CircuitbookError, compare, loadModel } from "circuitbook";
import { assert, assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { temporaryFolder } from "./files.ts";

/** Runs work without warnings on the console; they go to a list. */
async function withoutWarnings<T>(work: () => Promise<T>, warned: string[] = []): Promise<T> {
  const { warn } = console;
  console.warn = (text: string) => warned.push(text);
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

/** The base of each adapter, and how many weights of the base PEFT changes. */
const ADAPTED: Readonly<Record<string, { readonly base: string; readonly changed: number }>> = {
  patterns: { base: "llama_single", changed: 9 },
  gpt2: { base: "gpt2_full", changed: 7 },
  embed_lora: { base: "llama_single", changed: 3 },
  embed_lora_tied: { base: "qwen2_grouped", changed: 1 },
  head_lora: { base: "llama_single", changed: 1 },
  neox_head: { base: "neox_parallel", changed: 1 },
  gpt2_head: { base: "../adapters/gpt2_head/base", changed: 2 },
  whole_embeddings: { base: "llama_single", changed: 4 },
  expressions: { base: "llama_single", changed: 6 },
  norms: { base: "llama_single", changed: 7 },
  tied_copies: { base: "qwen2_grouped", changed: 3 },
};

const ADAPTERS = "tests/data/adapters";
const LLAMA = "tests/data/checkpoints/llama_single";

/** Compares the weights of a merged checkpoint with those of PEFT. */
async function assertMerged(merged: Checkpoint, plain: Checkpoint, adapter: string): Promise<void> {
  const { tensors } = await checkpoints.readSafetensorsHeader(
    `${ADAPTERS}/${adapter}/merged.safetensors`,
  );
  // PEFT changes both names of tied embeddings, of which the checkpoint has one, and names all
  // unembeddings lm_head.
  const named = new Map([...tensors].map(([key, tensor]) => [
    key === "lm_head.weight" && plain.tensors.has("embed_out.weight") ? "embed_out.weight" : key,
    tensor,
  ]));
  const changed = [...named.keys()].filter((key) => plain.tensors.has(key));
  assertEquals(changed.length, ADAPTED[adapter].changed);
  for (const key of plain.tensors.keys()) {
    const found = await merged.read(key);
    const entry = named.get(key);
    const wanted = entry
      ? await checkpoints.readWeight({ ...entry, dtype: "F32" })
      : await plain.read(key);
    found.forEach((value, i) =>
      assertLess(Math.abs(value - wanted[i]), entry ? 1e-6 * (4 + Math.abs(value)) : 1e-12)
    );
    const [, width = 1] = plain.tensors.get(key)!.shape;
    assertEquals(await merged.read(key, { from: 2, to: 5 }), found.slice(2 * width, 5 * width));
  }
}

for (const [name, { base }] of Object.entries(ADAPTED)) {
  Deno.test(`the adapter ${name} merges to the weights of PEFT's merge_and_unload`, async () => {
    const plain = await checkpoints.openCheckpoint(`tests/data/checkpoints/${base}`);
    const merged = await withoutWarnings(() =>
      checkpoints.withAdapter(plain, `${ADAPTERS}/${name}`)
    );
    await assertMerged(merged, plain, name);
  });
}

Deno.test("a product for tied embeddings warns that PEFT's merged and unmerged models differ", async () => {
  const plain = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped");
  const warned: string[] = [];
  const { notes } = await withoutWarnings(
    () => checkpoints.withAdapter(plain, `${ADAPTERS}/embed_lora_tied`),
    warned,
  );
  assertEquals(warned.length, 1);
  assert(notes?.some((note) => note.includes("tied unembedding")));
});

/** A temporary folder with copies of files. */
async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  for (const [name, from] of Object.entries(files)) {
    await Deno.copyFile(from, `${folder.path}/${name}`);
  }
  return folder;
}

Deno.test("an adapter beside a whole model is merged with that model, as from_pretrained does", async () => {
  const source = `${ADAPTERS}/patterns`;
  await using folder = await folderWith({
    "config.json": `${LLAMA}/config.json`,
    "model.safetensors": `${LLAMA}/model.safetensors`,
    "adapter_model.safetensors": `${source}/adapter_model.safetensors`,
  });
  const config = JSON.parse(await Deno.readTextFile(`${source}/adapter_config.json`));
  await Deno.writeTextFile(
    `${folder.path}/adapter_config.json`,
    JSON.stringify({ ...config, base_model_name_or_path: "another/base" }),
  );
  const { checkpoint, name } = await loadModel(folder.path, { device: "cpu" });
  assertEquals(name, folder.path);
  await assertMerged(checkpoint, await checkpoints.openCheckpoint(LLAMA), "patterns");
  await assertRejects(
    () => loadModel(folder.path, { device: "cpu", adapter: source }),
    CircuitbookError,
    "has an adapter already",
  );
  await using alone = await folderWith({
    "adapter_model.safetensors": `${source}/adapter_model.safetensors`,
  });
  await Deno.writeTextFile(
    `${alone.path}/adapter_config.json`,
    JSON.stringify({ ...config, base_model_name_or_path: alone.path }),
  );
  await assertRejects(
    () => loadModel(alone.path, { device: "cpu" }),
    CircuitbookError,
    "Expected the name of a base model",
  );
  await Deno.remove(`${folder.path}/model.safetensors`);
  const { message } = await assertRejects(
    () => loadModel(folder.path, { device: "cpu" }),
    CircuitbookError,
  );
  assert(message.includes('loadModel("another/base", { adapter: '), message);
  assert(message.includes("adapter_config.json"), message);
});

Deno.test("a changed vocabulary, and embeddings that would no longer be tied, are refused with what to do", async () => {
  const llama = await checkpoints.openCheckpoint(LLAMA);
  const resized = await assertRejects(
    () => checkpoints.withAdapter(llama, `${ADAPTERS}/resized`),
    CircuitbookError,
  );
  assert(/vocabulary of 96 tokens.* found 100 in/.test(resized.message), resized.message);
  const tied = await checkpoints.openCheckpoint("tests/data/checkpoints/qwen2_grouped");
  await using folder = await folderWith({
    "adapter_config.json": `${ADAPTERS}/tied_copies/adapter_config.json`,
    "adapter_model.safetensors": `${ADAPTERS}/tied_copies/adapter_model.safetensors`,
  });
  const path = `${folder.path}/adapter_model.safetensors`;
  const { tensors } = await checkpoints.readSafetensorsHeader(path);
  using file = await Deno.open(path, { write: true });
  await file.seek(tensors.get("base_model.model.lm_head.weight")!.offset, Deno.SeekMode.Start);
  await file.write(new Uint8Array(4));
  const different = await assertRejects(
    () => checkpoints.withAdapter(tied, folder.path),
    CircuitbookError,
  );
  assert(different.message.includes("two different matrices"), different.message);
  assert(different.message.includes('"tie_word_embeddings": false'), different.message);
  await assertRejects(
    () => checkpoints.withAdapter(tied, `${ADAPTERS}/head_lora`),
    CircuitbookError,
    'a product for "lm_head" alone',
  );
});

Deno.test("weights in other formats, and paths without an adapter, are named with the way out", async () => {
  const source = `${ADAPTERS}/patterns`;
  const refused = async (work: () => Promise<unknown>, ...parts: string[]) => {
    const { message } = await assertRejects(work, CircuitbookError);
    for (const part of parts) assert(message.includes(part), message);
  };
  await using folder = await folderWith({
    "adapter_config.json": `${source}/adapter_config.json`,
    "adapter_model.bin": `${source}/adapter_config.json`,
  });
  const adapt = (adapter: string) => loadModel(LLAMA, { device: "cpu", adapter });
  await refused(() => adapt(folder.path), "found adapter_model.bin", "PeftModel.from_pretrained");
  await refused(() => adapt("org/name"), "nothing at org/name", "a local folder");
  await refused(
    () => adapt(`${source}/adapter_model.safetensors`),
    "found the file",
    `the folder of the adapter, ${source}.`,
  );
  await refused(() => adapt("tests/data"), "found no such file in tests/data");
  await using model = await folderWith({
    "config.json": `${LLAMA}/config.json`,
    "pytorch_model-00001-of-00002.bin": `${LLAMA}/config.json`,
  });
  await refused(
    () => loadModel(model.path, { device: "cpu" }),
    "found pytorch_model-00001-of-00002.bin",
    "AutoModelForCausalLM.from_pretrained(",
  );
});

Deno.test("a model with an adapter has other logits, names base and adapter, and its hash tells both", async () => {
  const adapter = "tests/data/adapters/patterns";
  const base = await loadModel(LLAMA, { device: "cpu" });
  const model = await loadModel(LLAMA, { device: "cpu", adapter });
  assertEquals(model.name, `${LLAMA} + ${adapter}`);
  assertNotEquals(await model.hash(), await base.hash());
  const [before, after] = await Promise.all([base, model].map((one) => one.run([[3, 4, 5]])));
  assertNotEquals(before.logits.data, after.logits.data);
  const rows = await compare.weights(base.checkpoint, model.checkpoint);
  assert(rows !== undefined);
});

Deno.test("adapters of other kinds are refused by name", async () => {
  const source = "tests/data/adapters/patterns";
  const config = JSON.parse(await Deno.readTextFile(`${source}/adapter_config.json`));
  const base = await checkpoints.openCheckpoint(LLAMA);
  const changes: [string, unknown][] = [
    ["use_dora", true],
    ["bias", "all"],
    ["layer_replication", [[0, 2]]],
    ["trainable_token_indices", [1]],
    ["peft_type", "IA3"],
    ["init_lora_weights", "pissa"],
    ["rank_pattern", { "(?P<name>q)_proj": 2 }],
    ["rank_pattern", { "[]q]_proj": 2 }],
    ["rank_pattern", { "(a+)+b": 2 }],
    ["rank_pattern", { q_proj: 0 }],
    ["alpha_pattern", { q_proj: "2" }],
    ["alpha_pattern", [2]],
    ["some_new_option", 3],
    ["r", 8],
    ["r", "4"],
    ["lora_alpha", null],
    ["use_rslora", "yes"],
    ["modules_to_save", "lm_head"],
  ];
  for (const [key, value] of changes) {
    await using folder = await temporaryFolder();
    await Deno.copyFile(
      `${source}/adapter_model.safetensors`,
      `${folder.path}/adapter_model.safetensors`,
    );
    await Deno.writeTextFile(
      `${folder.path}/adapter_config.json`,
      JSON.stringify({ ...config, [key]: value }),
    );
    const { message } = await assertRejects(
      () => checkpoints.withAdapter(base, folder.path),
      CircuitbookError,
    );
    const named = value === 8 ? "shape" : JSON.stringify(value).includes("a+") ? "quickly" : key;
    assert(message.includes(named), message);
    assert(!/Invalid|Too small|expected/.test(message), message);
  }
});

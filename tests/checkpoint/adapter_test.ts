import { checkpoints, CircuitbookError, compare, loadModel } from "circuitbook";
import { assert, assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { temporaryFolder } from "./files.ts";

const BASES = {
  patterns: "tests/data/checkpoints/llama_single",
  gpt2: "tests/data/checkpoints/gpt2_full",
};

for (const [name, base] of Object.entries(BASES)) {
  Deno.test(`the adapter ${name} merges to the weights of PEFT's merge_and_unload`, async () => {
    const folder = `tests/data/adapters/${name}`;
    const plain = await checkpoints.openCheckpoint(base);
    const merged = await checkpoints.withAdapter(plain, folder);
    const { tensors } = await checkpoints.readSafetensorsHeader(`${folder}/merged.safetensors`);
    // PEFT changes both names of tied embeddings; the checkpoint has one.
    const changed = [...tensors.keys()].filter((key) => plain.tensors.has(key));
    assert(changed.length > 6);
    for (const key of plain.tensors.keys()) {
      const found = await merged.read(key);
      const entry = tensors.get(key);
      const wanted = entry
        ? await checkpoints.readWeight({ ...entry, dtype: "F32" })
        : await plain.read(key);
      found.forEach((value, i) =>
        assertLess(Math.abs(value - wanted[i]), entry ? 1e-6 * (4 + Math.abs(value)) : 1e-12)
      );
      const [, width = 1] = plain.tensors.get(key)!.shape;
      assertEquals(await merged.read(key, { from: 2, to: 5 }), found.slice(2 * width, 5 * width));
    }
  });
}

Deno.test("a model with an adapter has other logits, names base and adapter, and its hash tells both", async () => {
  const adapter = "tests/data/adapters/patterns";
  const base = await loadModel(BASES.patterns, { device: "cpu" });
  const model = await loadModel(BASES.patterns, { device: "cpu", adapter });
  assertEquals(model.name, `${BASES.patterns} + ${adapter}`);
  assertNotEquals(await model.hash(), await base.hash());
  const [before, after] = await Promise.all([base, model].map((one) => one.run([[3, 4, 5]])));
  assertNotEquals(before.logits.data, after.logits.data);
  const rows = await compare.weights(base.checkpoint, model.checkpoint);
  assert(rows !== undefined);
});

Deno.test("adapters of other kinds are refused by name", async () => {
  const source = "tests/data/adapters/patterns";
  const config = JSON.parse(await Deno.readTextFile(`${source}/adapter_config.json`));
  const base = await checkpoints.openCheckpoint(BASES.patterns);
  const changes: [string, unknown][] = [
    ["use_dora", true],
    ["bias", "all"],
    ["layer_replication", [[0, 2]]],
    ["trainable_token_indices", [1]],
    ["peft_type", "IA3"],
    ["init_lora_weights", "pissa"],
    ["rank_pattern", { ".*q_proj": 2 }],
    ["some_new_option", 3],
    ["r", 8],
    ["modules_to_save", null],
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
    const named = key === "r" ? "shape" : key;
    await assertRejects(
      () => checkpoints.withAdapter(base, folder.path),
      CircuitbookError,
      named,
    );
  }
  await assertRejects(
    () => checkpoints.withAdapter(base, "tests/data"),
    CircuitbookError,
    "adapter_config.json",
  );
});

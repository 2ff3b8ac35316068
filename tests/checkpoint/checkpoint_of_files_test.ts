import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { checkpoints, loadModel, Model } from "circuitbook";
import { verifyFinite } from "../../lib/checkpoint/checkpoint.ts";
import { architectureOfCheckpoint } from "../../lib/model/families/architecture_of.ts";

const FOLDER = "data/models/countdown-r1";

async function inMemory(bytes: Uint8Array<ArrayBuffer>) {
  const config = JSON.parse(await Deno.readTextFile(`${FOLDER}/config.json`));
  return await checkpoints.checkpointOfFiles({
    config,
    weights: new Map([["model.safetensors", bytes]]),
  });
}

Deno.test("a checkpoint in memory has the tensors, numbers and hash of its folder", async () => {
  const bytes = await Deno.readFile(`${FOLDER}/model.safetensors`);
  const memory = await inMemory(bytes);
  const folder = await checkpoints.openCheckpoint(FOLDER);
  assertEquals([...memory.tensors.keys()], [...folder.tensors.keys()]);
  for (const name of ["model.embed_tokens.weight", "model.layers.3.self_attn.q_proj.bias"]) {
    assertEquals(await memory.read(name), await folder.read(name));
  }
  const rows = { from: 3, to: 5 };
  assertEquals(
    await memory.read("model.embed_tokens.weight", rows),
    await folder.read("model.embed_tokens.weight", rows),
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  assertEquals(await memory.hash(), digest.toHex());
  assertEquals(await memory.hash(), await folder.hash());
});

Deno.test("a checkpoint in memory of two files has the tensors and the hash of its folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = { model_type: "llama" };
    const shards = {
      "model-00001-of-00002.safetensors": { a: [1, 2, 3] },
      "model-00002-of-00002.safetensors": { b: [4, 5] },
    };
    const weightMap: Record<string, string> = {};
    for (const [file, tensors] of Object.entries(shards)) {
      const written = Object.entries(tensors).map(([name, values]) => {
        weightMap[name] = file;
        return [name, { data: new Float32Array(values), shape: [values.length] }] as const;
      });
      await checkpoints.writeSafetensors(`${folder}/${file}`, Object.fromEntries(written));
    }
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
    await Deno.writeTextFile(
      `${folder}/model.safetensors.index.json`,
      JSON.stringify({ weight_map: weightMap }),
    );
    const names = Object.keys(shards);
    const contents = await Promise.all(names.map((name) => Deno.readFile(`${folder}/${name}`)));
    // The second file is given first: the order of names decides the hash.
    const weights = new Map([[names[1], contents[1]], [names[0], contents[0]]]);
    const memory = await checkpoints.checkpointOfFiles({ config, weights });
    const stored = await checkpoints.openCheckpoint(folder);
    assertEquals(Array.from(await memory.read("a")), [1, 2, 3]);
    assertEquals(Array.from(await memory.read("b")), [4, 5]);
    assertEquals(await memory.hash(), await stored.hash());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a model from memory computes what the model of the folder computes", async () => {
  const checkpoint = await inMemory(await Deno.readFile(`${FOLDER}/model.safetensors`));
  const folder = await loadModel("countdown-r1", { device: "cpu" });
  const memory = new Model(
    "from memory",
    checkpoint,
    architectureOfCheckpoint(checkpoint),
    folder.tokenizer,
    "cpu",
    "in a test",
  );
  const own = (await memory.run(["68 - 11 + 5 ="])).logits;
  assertEquals(own, (await folder.run(["68 - 11 + 5 ="])).logits);
  assert(own.data.every(Number.isFinite));
  assertNotEquals(own.data[0], own.data[1]);
});

Deno.test("a checkpoint in memory names the weight that is not finite, and rejects tensors that it lacks", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await checkpoints.writeSafetensors(path, {
      a: { data: new Float32Array([1, NaN]), shape: [2] },
    });
    const weights = new Map([["model.safetensors", await Deno.readFile(path)]]);
    const memory = await checkpoints.checkpointOfFiles({ config: {}, weights });
    await assertRejects(() => verifyFinite(memory, ["a"]), Error, 'NaN in "a" at [1]');
    await assertRejects(() => memory.read("b").then(() => {}), Error, '"b"');
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a checkpoint in memory refuses bytes that end too early, and no bytes at all", async () => {
  const bytes = await Deno.readFile(`${FOLDER}/model.safetensors`);
  await assertRejects(() => inMemory(bytes.slice(0, -2)), Error, "data_offsets within 0 to");
  await assertRejects(
    () => checkpoints.checkpointOfFiles({ config: {}, weights: new Map() }),
    Error,
    "at least one safetensors file",
  );
});

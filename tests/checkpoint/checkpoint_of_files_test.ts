import { assertEquals, assertRejects } from "@std/assert";
import { checkpoints } from "circuitbook";

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

import { checkpoints, CircuitbookError } from "circuitbook";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { temporaryFolder } from "./files.ts";

Deno.test("an embedded model is found by name from any folder", async () => {
  const folder = await checkpoints.findModel("countdown-r1");
  assert((await Deno.stat(`${folder}/config.json`)).isFile);
  assert((await checkpoints.embeddedModels()).includes("countdown-base"));
});

Deno.test("one of many runs is found by its folder and name, and not listed", async () => {
  assert(
    (await Deno.stat(`${await checkpoints.findModel("max-of-list-seeds/3")}/config.json`)).isFile,
  );
  assertEquals(
    (await checkpoints.embeddedModels()).filter((name) => name.startsWith("max-of-list")),
    [
      "max-of-list",
    ],
  );
});

Deno.test("an existing folder is taken as it is, spaces included", async () => {
  await using folder = await temporaryFolder();
  assertEquals(await checkpoints.findModel(folder.path), folder.path);
});

Deno.test("what is no model is refused with the embedded names, nearest first", async () => {
  await assertRejects(
    () => checkpoints.findModel("countdown-r2"),
    CircuitbookError,
    "embedded: countdown-r1, countdown-base",
  );
  for (
    const name of [
      "",
      "./missing",
      "/missing/model",
      "../a/b",
      "a/b/c",
      "~/model",
      "Org/",
      "Org/../x",
    ]
  ) {
    await assertRejects(() => checkpoints.findModel(name), CircuitbookError, `found "${name}"`);
  }
});

Deno.test("a name that is too long and links that form a loop are refused by name", async () => {
  await assertRejects(
    () => checkpoints.findModel("x".repeat(300)),
    CircuitbookError,
    "Expected to look at xxx",
  );
  const { message } = await assertRejects(
    () => checkpoints.findModel(`/${"x".repeat(5000)}`),
    CircuitbookError,
  );
  assert(message.length < 500, message);
  await using folder = await temporaryFolder();
  await Deno.symlink("second", `${folder.path}/first`);
  await Deno.symlink("first", `${folder.path}/second`);
  for (
    const call of [
      () => checkpoints.findModel(`${folder.path}/first`),
      () => checkpoints.openCheckpoint(`${folder.path}/first`),
      () => checkpoints.readSafetensorsHeader(`${folder.path}/first`),
    ]
  ) {
    const refusal = await assertRejects(call, CircuitbookError, `${folder.path}/first`);
    assert(refusal.message.includes("form a loop"), refusal.message);
  }
});

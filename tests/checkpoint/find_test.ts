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

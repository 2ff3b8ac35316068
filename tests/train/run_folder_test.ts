import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CircuitbookError } from "circuitbook";
import { RunFolder } from "../../lib/train/run/run_folder.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

const identity = { recipe: "toy", seed: 1 };
const tensors = { weight: { data: new Float32Array([1 / 3, -0, 1e-40]), shape: [3] } };

function open(path: string, resume = true, own: Record<string, string | number> = identity) {
  return RunFolder.open(path, own, { resume });
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("a state comes back to the last bit, and only the last one is there", async () => {
  await using folder = await temporaryFolder();
  const state = { loss: 0.1 + 0.2, rows: [{ step: 1, loss: 1 / 3 }], none: null };
  {
    using run = await open(folder.path, false);
    assertEquals(run.kept, undefined);
    await run.keep(3, { loss: 5 }, tensors);
    await run.keep(12, state, tensors);
    assertEquals(names(folder.path), ["lock", "run.json", "step-12"]);
  }
  using again = await open(folder.path);
  assertEquals([again.kept?.step, again.kept?.state], [12, state]);
  const read = (await again.kept!.tensors()).get("weight")!;
  assertEquals(new Uint32Array(read.buffer), new Uint32Array(tensors.weight.data.buffer));
});

Deno.test("a kill between any two writes leaves the state before, or the new one, whole", async () => {
  await using folder = await temporaryFolder();
  {
    using run = await open(folder.path);
    await run.keep(9, { at: 9 }, tensors);
  }
  // While the next is written: its folder is not yet renamed.
  await Deno.mkdir(`${folder.path}/step-10.partial`);
  await Deno.writeTextFile(`${folder.path}/step-10.partial/state.json`, "{");
  {
    using run = await open(folder.path);
    assertEquals(run.kept?.step, 9);
    assertEquals(names(folder.path), ["lock", "run.json", "step-9"]);
    await run.keep(10, { at: 10 }, tensors);
  }
  // After it was renamed, and before its predecessor was removed.
  await Deno.mkdir(`${folder.path}/step-9`);
  using run = await open(folder.path);
  assertEquals([run.kept?.step, run.kept?.state], [10, { at: 10 }]);
  assertEquals(names(folder.path), ["lock", "run.json", "step-10"]);
});

Deno.test("a state that cannot be written leaves the one before", async () => {
  await using folder = await temporaryFolder();
  using run = await open(folder.path);
  await run.keep(1, { at: 1 }, tensors);
  const wrong = { weight: { data: new Float32Array(2), shape: [3] } };
  await assertRejects(() => run.keep(2, { at: 2 }, wrong), CircuitbookError, "Expected 3 values");
  assertEquals(run.kept?.step, 1);
  assertEquals((await run.kept!.tensors()).size, 1);
  assertEquals(names(folder.path), ["lock", "run.json", "step-1"]);
});

Deno.test("a run is not begun over, and another one is not gone on with", async () => {
  await using folder = await temporaryFolder();
  (await open(folder.path))[Symbol.dispose]();
  await assertRejects(
    () => open(folder.path, false),
    CircuitbookError,
    "continue it with --resume, delete it",
  );
  const { message } = await assertRejects(
    () => open(folder.path, true, { recipe: "toy", seed: 2, rate: 3 }),
    CircuitbookError,
  );
  assertStringIncludes(message, "there seed 1, not 2, rate nothing, not 3; continue it");
});

Deno.test("one process at a time works on a run", async () => {
  await using folder = await temporaryFolder();
  {
    using _run = await open(folder.path);
    const file = await Deno.open(`${folder.path}/lock`, { write: true });
    assert(!await file.tryLock(true));
    file.close();
    await assertRejects(
      () => open(folder.path),
      CircuitbookError,
      "another process works on that run",
    );
  }
  (await open(folder.path))[Symbol.dispose]();
});

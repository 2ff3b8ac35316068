import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { startNotebook } from "../../lib/commands/new/start.ts";
import { CommandError, jupyterVariables, PYTHON } from "../../lib/commands/repository.ts";
import { claimsIn } from "../../lib/notebook/claims/claims.ts";
import { readNotebook } from "../../lib/notebook/notebook_file.ts";
import { executeNotebook } from "../../lib/notebook/run/execute.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

const repository = join(import.meta.dirname!, "../..");

/** Runs `deno task new` as if the user had typed it in a folder. */
async function newIn(folder: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", join(repository, "deno.json"), "new", ...args],
    cwd: folder,
    env: { NO_COLOR: "1", INIT_CWD: folder },
  }).output();
  return { code, text: new TextDecoder().decode(code === 0 ? stdout : stderr) };
}

Deno.test("a new notebook in a folder of one's own runs, draws and tests its statement", async () => {
  await using folder = await temporaryFolder();
  const path = await startNotebook(folder.path, "which-heads_judge");
  assertEquals(path, join(folder.path, "which-heads_judge.ipynb"));
  const [title, setup] = (await readNotebook(path)).cells;
  assertStringIncludes(title.source, "# Which heads judge\n");
  assertStringIncludes(setup.source, 'ledger("Which heads judge"');
  const { notebook, failure } = await executeNotebook(path, {
    python: PYTHON,
    variables: jupyterVariables(),
  });
  assertEquals(failure, undefined);
  const [claim] = claimsIn(notebook);
  assertEquals([claim.id, claim.model, claim.n], ["one-head", "countdown-r1", 8]);
});

Deno.test("a notebook that exists is not replaced, and a name that is no file's is refused", async () => {
  await using folder = await temporaryFolder();
  const path = await startNotebook(folder.path, "twice.ipynb");
  await Deno.writeTextFile(path, "mine");
  await assertRejects(() => startNotebook(folder.path, "twice"), CommandError, "exists already");
  assertEquals(await Deno.readTextFile(path), "mine");
  for (const name of ["", "a/b", "../up", ".hidden", ".ipynb"]) {
    await assertRejects(
      () => startNotebook(folder.path, name),
      CommandError,
      `found "${name}"`,
    );
  }
});

Deno.test("a folder that cannot be opened is named in one line, without a stack trace", async () => {
  await using folder = await temporaryFolder();
  const loop = join(folder.path, "loop");
  await Deno.symlink(loop, loop);
  const { code, text } = await newIn(folder.path, "mine", "loop");
  assertEquals(code, 1);
  assertEquals(text.trimEnd().split("\n").length, 1);
  assertStringIncludes(text, loop);
});

Deno.test("the notebook is put into the folder where the command is typed, or into the named one", async () => {
  await using folder = await temporaryFolder();
  const here = await newIn(folder.path, "here");
  assertStringIncludes(here.text, `wrote ${join(folder.path, "here.ipynb")}\n`);
  await Deno.mkdir(join(folder.path, "inner"));
  const there = await newIn(folder.path, "there", "inner");
  assertStringIncludes(there.text, `deno task lab "${join(folder.path, "inner")}"`);
  await readNotebook(join(folder.path, "inner/there.ipynb"));
  for (
    const [args, reason] of [
      [["x", "missing"], `found nothing at ${join(folder.path, "missing")}`],
      [["x", "here.ipynb"], "Expected a folder but found the file"],
      [[], "usage: deno task new NAME [FOLDER]"],
    ] as const
  ) {
    const { code, text } = await newIn(folder.path, ...args);
    assertEquals(code, 1);
    assertStringIncludes(text, reason);
  }
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join, relative } from "@std/path";
import { readJson } from "../../lib/checkpoint/files.ts";
import { filesIn } from "../../lib/commands/test/files_in.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { grouped, promptLines } from "./sweep_files.ts";

const repository = join(import.meta.dirname!, "../..");
const { tasks } = await readJson(join(repository, "deno.json")) as {
  tasks: Record<string, { command: string }>;
};

/** The flags that a task gives to `deno run`, before which variables may be set. */
function permissionsOf(task: string): string[] {
  const [, flags] = /^(?:\w+=\S+ )*deno run (.*) lib\/commands\/\w+\.ts$/.exec(
    tasks[task].command,
  )!;
  return flags.split(" ");
}

/** Runs a module with the permissions of a task. */
async function runAs(
  task: string,
  module: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissionsOf(task), module, ...args],
    cwd: repository,
    env: { NO_COLOR: "1", INIT_CWD: "", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a task with its own permissions. */
async function run(task: string, args: readonly string[], env: Record<string, string> = {}) {
  const ended = await runAs(task, `lib/commands/${task}.ts`, args, env);
  return { code: ended.code, last: ended.stderr.trim().split("\n").at(-1) ?? "" };
}

Deno.test("no task has all permissions, and none asks for more", () => {
  for (const task of Object.keys(tasks)) {
    const flags = permissionsOf(task);
    assert(flags.includes("--no-prompt"), task);
    assert(!flags.some((flag) => ["-A", "--allow-all"].includes(flag)), task);
    const downloads = ["bench", "download", "model"].includes(task);
    assertEquals(flags.includes("--allow-net"), downloads, task);
  }
});

Deno.test("only cells and tests have all permissions", async () => {
  const folders = ["lib", "tests/bench"].map((path) => filesIn(join(repository, path), ".ts"));
  const all: string[] = [];
  for (const path of (await Promise.all(folders)).flat()) {
    if (/"(-A|--allow-all)"/.test(await Deno.readTextFile(path))) {
      all.push(relative(repository, path));
    }
  }
  assertEquals(all, [
    "lib/commands/setup/kernel.ts",
    "lib/commands/test.ts",
    "lib/notebook/kernel/front/folder.ts",
  ]);
});

Deno.test("a report starts with the permissions of its task", async () => {
  // A name that no notebook has is refused, but only after all modules are loaded.
  const { last } = await run("report", ["no-such-notebook"]);
  assertStringIncludes(last, 'found "no-such-notebook"');
});

Deno.test("trace, sweep, patch, merge, train and bench work with the permissions of their tasks", async () => {
  await using folder = await temporaryFolder();
  const file = (name: string) => join(folder.path, name);
  const lines = promptLines(2, 5);
  await Deno.writeTextFile(
    file("prompts.jsonl"),
    lines.map((line) => JSON.stringify(line)).join("\n"),
  );
  const pairs = lines.map(({ tokens, ...line }) => ({
    ...line,
    clean: tokens,
    corrupted: tokens.map((id) => (id + 1) % 96),
  }));
  await Deno.writeTextFile(
    file("pairs.jsonl"),
    pairs.map((line) => JSON.stringify(line)).join("\n"),
  );
  const model = ["--model", grouped];
  const prompts = ["--prompts", file("prompts.jsonl")];
  const commands: [task: string, ...args: string[]][] = [
    ["trace", ...model, "--text", "1 + 2", "--out", file("trace.safetensors")],
    ["sweep", ...model, ...prompts, "--heads", "all", "--shard", "1/1", "--out", file("1.parquet")],
    [
      "patch",
      ...model,
      "--pairs",
      file("pairs.jsonl"),
      "--sites",
      "heads",
      "--out",
      file("patch.parquet"),
    ],
    ["merge", "--out", file("merged.csv"), file("1.parquet")],
    ["train", "max-of-list", "--minutes", "0.02", "--out", file("run")],
    ["bench", "--model", "max-of-list", "--jobs", "load", "--peers-python", file("no-python")],
  ];
  for (const [task, ...args] of commands) {
    const { code, last } = await run(task, args);
    assertEquals(code, 0, `${task}: ${last}`);
  }
});

Deno.test("a model that is not in the cache is named with the command that downloads it", async () => {
  await using folder = await temporaryFolder();
  const args = ["--model", "Org/model", "--text", "1", "--out", join(folder.path, "t.safetensors")];
  const { code, last } = await run("trace", args, { HF_HOME: folder.path });
  assertEquals(code, 1);
  assertStringIncludes(last, "download the model first: deno task download Org/model");
});

Deno.test("what a task may not do fails with a sentence", async () => {
  await using folder = await temporaryFolder();
  const module = join(folder.path, "attempt.ts");
  await Deno.writeTextFile(
    module,
    `import { runTask } from ${JSON.stringify(join(repository, "lib/commands/run_task.ts"))};
const attempts = {
  net: () => fetch("http://127.0.0.1:8080/"),
  run: () => new Deno.Command(Deno.execPath()).output(),
};
await runTask(async () => void await attempts[Deno.args[0]]());`,
  );
  for (const task of ["trace", "sweep", "patch", "merge", "train"]) {
    for (const attempt of ["net", "run"]) {
      const { code, stderr } = await runAs(task, module, [attempt]);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        "Expected this task to need the permissions that deno.json gives",
      );
      assertStringIncludes(stderr, `Requires ${attempt} access`);
    }
  }
});

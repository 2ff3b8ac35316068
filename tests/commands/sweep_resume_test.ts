import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CircuitbookError, InterruptedError } from "circuitbook";
import { groupLine, identityLine, parsePart } from "../../lib/commands/sweep/part_lines.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { flagsFor, names, promptLines, rowsOf, stoppedAfter, sweep } from "./sweep_files.ts";
import { ended } from "./trace_process.ts";

const repository = fromFileUrl(new URL("../..", import.meta.url));
const heads = ["--heads", "0.1,1.2"];

/** A sweep of 20 prompts that was stopped after its first 16. */
async function stopped(folder: string): Promise<{ flags: string[]; out: string; part: string }> {
  const flags = [...await flagsFor(folder, promptLines(20, 20)), ...heads];
  const out = `${folder}/out.csv`;
  const error = await assertRejects(
    () => sweep([...flags, "--out", out], stoppedAfter(33)),
    InterruptedError,
  );
  assertStringIncludes(
    error.message,
    `16 of 20 prompts are done and kept in ${out}.part; continue with --resume`,
  );
  return { flags: [...flags, "--out", out], out, part: `${out}.part` };
}

/** The table of the same sweep, not stopped. */
async function uninterrupted(folder: string, flags: readonly string[]) {
  await sweep([...flags.slice(0, -1), `${folder}/whole.csv`]);
  return rowsOf(`${folder}/whole.csv`);
}

Deno.test("a sweep continues with what was done, wherever a kill has torn the line that was being written", async () => {
  await using folder = await temporaryFolder();
  const { flags, out, part } = await stopped(folder.path);
  const expected = await uninterrupted(folder.path, flags);
  const kept = await Deno.readTextFile(part);
  const second = kept.indexOf("\n") + 1;
  const last = kept.lastIndexOf("\n", kept.length - 2) + 1;
  assertEquals(kept.split("\n").length, 6, "the identity and four groups of four prompts");
  const states: [content: string, done: number][] = [
    [kept, 16],
    [kept + kept.slice(last, last + 50), 16],
    [kept + kept.slice(last, -1), 16],
    [kept + "\0\0\0\n", 16],
    [kept.slice(0, -1), 12],
    [kept.slice(0, second), 0],
    [kept.slice(0, 9), 0],
    ["", 0],
  ];
  for (const [content, done] of states) {
    await Deno.writeTextFile(part, content);
    const said = await sweep([...flags, "--resume"]);
    assert(said.includes(`${done} of 20 prompts are done`), said.join("\n"));
    assertEquals(rowsOf(out), expected);
    await Deno.remove(out);
  }
  await Deno.writeTextFile(part, kept);
  await assertRejects(() => sweep([...flags, "--resume"], stoppedAfter(33)), InterruptedError);
  assertEquals(await Deno.readTextFile(part), kept, "stopped again, in the second group");
  await Deno.remove(part);
  assertEquals(names(folder.path), ["prompts.jsonl", "whole.csv"]);
  await sweep([...flags, "--resume"]);
  assertEquals(rowsOf(out), expected, "with nothing to continue");
});

Deno.test("a sweep that was killed after its table was written ends by --resume", async () => {
  await using folder = await temporaryFolder();
  const { flags, out, part } = await stopped(folder.path);
  const before = await Deno.readTextFile(part);
  const group = before.trimEnd().split("\n")[1];
  const { baselines, values } = JSON.parse(group);
  const rest = JSON.stringify({ baselines: baselines.slice(0, 4), values: values.slice(0, 4) });
  await Deno.writeTextFile(part, `${before}${rest}\n`);
  await Deno.writeTextFile(out, "older");
  assertEquals((await sweep([...flags, "--resume"])).length, 1, "no device is started");
  const rows = rowsOf(out);
  assertEquals(
    rows.slice(32).map(({ value }) => value),
    rows.slice(0, 8).map(({ value }) => value),
  );
  assertEquals(names(folder.path), ["out.csv", "prompts.jsonl"]);
});

Deno.test("a sweep does not continue another one, and says in what it differs", async () => {
  await using folder = await temporaryFolder();
  const { flags, part } = await stopped(folder.path);
  const kept = await Deno.readTextFile(part);
  const resume = [...flags, "--resume"];
  const refused = async (flags: string[], ...parts: string[]) => {
    const { message } = await assertRejects(() => sweep(flags), CircuitbookError);
    for (const part of parts) assertStringIncludes(message, part);
  };
  await refused(flags, "16 prompts are done", "with --resume, or delete the file");
  await refused(resume.with(7, "0.1"), 'the heads "0.1,1.2", not "0.1"');
  await refused(
    resume.with(1, resume[1].replace("qwen2_grouped", "qwen2_full")),
    "the model ",
    "qwen2_full (sha256 ",
  );
  await flagsFor(folder.path, promptLines(21, 20));
  await refused(resume.with(7, "all"), 'the heads "0.1,1.2"', "and other prompts");
  await flagsFor(
    folder.path,
    promptLines(20, 20).with(19, { ...promptLines(20, 20)[19], against: 3 }),
  );
  await refused(resume, "the file was begun with other prompts; finish that sweep");
  assertEquals(await Deno.readTextFile(part), kept);
});

Deno.test("a sweep leaves alone what is damaged, is no sweep's, or is worked on by another process", async () => {
  await using folder = await temporaryFolder();
  const { flags, part } = await stopped(folder.path);
  const kept = await Deno.readTextFile(part);
  const [first, second] = kept.split("\n");
  const short = second.replace(/\],\[/, ",");
  for (
    const [content, message] of [
      [`${first}\n${second.slice(0, 50)}\n${second}\n`, "line 2 damaged"],
      [`${first}\n${short}\n${second}\n`, "line 2 damaged"],
      ["my notes", "another kind of file"],
      [`{"my": "notes"}\n`, "another kind of file"],
    ]
  ) {
    await Deno.writeTextFile(part, content);
    await assertRejects(() => sweep([...flags, "--resume"]), CircuitbookError, message);
    assertEquals(await Deno.readTextFile(part), content);
  }
  await Deno.writeTextFile(part, kept);
  using file = await Deno.open(part, { write: true });
  await file.lock(true);
  await assertRejects(
    () => sweep([...flags, "--resume"]),
    CircuitbookError,
    "no other sweep",
  );
});

Deno.test("a sweep keeps numbers that are not finite", () => {
  const identity = {
    model: "m",
    weights: "w",
    device: "cpu",
    dtype: "f32",
    heads: "0.0,0.1",
    prompts: "p",
  };
  const group = { baselines: [NaN, 1 / 3], values: [[Infinity, -Infinity], [0, 1e-300]] };
  const bytes = Uint8Array.from([...identityLine(identity), ...groupLine(group)]);
  assertEquals(parsePart(bytes, "out.csv.part"), {
    identity,
    groups: [group],
    length: bytes.length,
  });
});

Deno.test("deno task sweep, killed and then stopped by Ctrl-C, writes the table of one that was not", async () => {
  await using folder = await temporaryFolder();
  const long = promptLines(320, 60);
  const flags = [
    ...(await flagsFor(folder.path, long)).with(3, "prompts.jsonl"),
    "--heads",
    "all",
    "--out",
    "out.parquet",
  ];
  const killed = await endedOnceKept(folder.path, 1, "SIGKILL", flags);
  assertEquals(killed.stdout, "");
  const kept = groupsIn(folder.path);
  const { code, stderr } = await endedOnceKept(folder.path, kept + 1, "SIGINT", [
    ...flags,
    "--resume",
  ]);
  const lines = stderr.trimEnd().split("\n");
  assertEquals(code, 1);
  assertStringIncludes(lines[1], `${4 * kept} of 320 prompts are done`);
  assertStringIncludes(
    lines.at(-1)!,
    `Interrupted: ${4 * groupsIn(folder.path)} of 320 prompts are done and kept in`,
  );
  assertEquals(names(folder.path), ["out.parquet.part", "prompts.jsonl"]);

  const again = await ended(task(folder.path, flags));
  assertEquals([again.code, again.stdout, again.stderr.trimEnd().split("\n").length], [1, "", 1]);
  assertStringIncludes(again.stderr, "continue that sweep with --resume");

  const here = flags.with(3, `${folder.path}/prompts.jsonl`);
  const out = `${folder.path}/out.parquet`;
  await sweep([...here.with(-1, out), "--resume"]);
  await sweep(here.with(-1, `${folder.path}/whole.parquet`));
  assertEquals(rowsOf(out), rowsOf(`${folder.path}/whole.parquet`));
  assertEquals(names(folder.path), ["out.parquet", "prompts.jsonl", "whole.parquet"]);
});

/** Runs the command in a folder and sends it a signal once it has kept some groups. */
async function endedOnceKept(folder: string, groups: number, signal: Deno.Signal, flags: string[]) {
  using watcher = Deno.watchFs(folder);
  const process = command(folder, flags);
  const end = ended(process);
  end.finally(() => watcher.close());
  for await (const _ of watcher) {
    if (groupsIn(folder) < groups) continue;
    process.kill(signal);
    break;
  }
  return await end;
}

/** How many groups of prompts are kept beside the table, each in a line of its own. */
function groupsIn(folder: string): number {
  if (!names(folder).includes("out.parquet.part")) return 0;
  return Math.max(0, Deno.readTextFileSync(`${folder}/out.parquet.part`).split("\n").length - 2);
}

function command(cwd: string, flags: string[]): Deno.ChildProcess {
  return process(cwd, ["run", "-A", `${repository}/lib/commands/sweep.ts`, ...flags]);
}

function task(cwd: string, flags: string[]): Deno.ChildProcess {
  return process(cwd, [
    "task",
    "--quiet",
    "--config",
    `${repository}/deno.json`,
    "sweep",
    ...flags,
  ]);
}

function process(cwd: string, args: string[]): Deno.ChildProcess {
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
    clearEnv: true,
    ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
  }).spawn();
}

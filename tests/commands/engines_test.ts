import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CircuitbookError } from "circuitbook";
import { engineOf, shardCommand } from "../../lib/commands/engines/engine.ts";
import { ShardsFolder } from "../../lib/commands/engines/shards_folder.ts";
import { CommandError, root } from "../../lib/commands/repository.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { unless } from "../skipped.ts";
import { processes, until, untilGone } from "./processes.ts";
import { flagsFor, names, promptLines, rowsOf, sweep } from "./sweep_files.ts";

const command = fromFileUrl(new URL("../../lib/commands/sweep.ts", import.meta.url));
const python = fromFileUrl(new URL("../../.venv/bin/python", import.meta.url));

/**
 * A stand-in for Slurm's `sbatch`: runs the tasks of an array job one after the other, each with a
 * log beside the script. The first time, one task fails half way, as when its node is lost.
 */
const sbatch = `#!/bin/bash
[ "$1" = --version ] && exit 0
script="\${@: -1}"
echo 17
grep -qx '#SBATCH --output=/dev/null' "$script" || exit 1
tasks=$(sed -n 's/^#SBATCH --array=//p' "$script" | tr , ' ')
for task in $tasks; do
  if [ "$task" = 2 ] && [ ! -e lost ]; then touch lost; continue; fi
  SLURM_ARRAY_TASK_ID=$task bash "$script"
  [ -s "$(dirname "$script")/$task.log" ] || exit 1
done
`;

/** A stand-in for `sbatch` that waits for a job without end. */
const endlessSbatch = `#!/bin/bash
[ "$1" = --version ] && exit 0
echo "17;cluster"
exec sleep infinity
`;

/** The command of `deno task sweep`, with the permissions of the task. */
const permitted =
  (JSON.parse(await Deno.readTextFile(`${root}/deno.json`)).tasks.sweep.command as string)
    .replace(/^(\w+=\S+ )*deno /, "").split(" ");

/** Runs `deno task sweep` as it was typed in a folder. */
async function ended(folder: string, args: readonly string[], env: Record<string, string> = {}) {
  const process = new Deno.Command(Deno.execPath(), {
    args: [...permitted, ...args],
    cwd: root,
    env: { NO_COLOR: "1", INIT_CWD: folder, ...env },
  });
  const { code, stderr } = await process.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the flags of an engine are checked", () => {
  const of = (given: Record<string, string>) => engineOf((flag) => given[flag]);
  assertEquals(of({}), undefined);
  assertEquals(of({ engine: "slurm" }), { engine: "slurm", shards: 16, address: undefined });
  assertEquals(of({ engine: "ray", shards: "4", address: "auto" }), {
    engine: "ray",
    shards: 4,
    address: "auto",
  });
  const refusals: [Record<string, string>, string][] = [
    [{ engine: "dask" }, 'found "dask"'],
    [{ shards: "4" }, "Expected --engine beside --shards"],
    [{ address: "auto" }, "Expected --engine beside --address"],
    [{ engine: "slurm", address: "auto" }, "with slurm"],
    [{ engine: "ray", shard: "1/2" }, "found both"],
    [{ engine: "ray", shards: "0" }, "at least 1"],
    [{ engine: "slurm", shards: "2000000000" }, "at most 100000 after --shards"],
  ];
  for (const [given, message] of refusals) assertThrows(() => of(given), CommandError, message);
});

Deno.test("a shard's command is the task's without output and engine; a sweep continues where it was", () => {
  const args = ["--model", "m", "--engine=ray", "--shards", "4", "--out", "o.csv", "--heads=all"];
  const own = (task: string) => {
    const command = shardCommand(task, args);
    return command.slice(command.findIndex((word) => word.endsWith(`/${task}.ts`)) + 1);
  };
  assertEquals(own("sweep"), ["--model", "m", "--heads=all", "--resume"]);
  assertEquals(own("patch"), ["--model", "m", "--heads=all"]);
});

Deno.test("finished shards are kept for the same table alone", async () => {
  await using folder = await temporaryFolder();
  const flags = [...await flagsFor(folder.path, promptLines(6, 9)), "--heads", "0.1"];
  const shards = new ShardsFolder(`${folder.path}/o.parquet`, 2);
  const compute = (own: readonly string[]) => async (output: { out: string; shard?: object }) => {
    const { index, count } = output.shard as { index: number; count: number };
    await sweep([...own, "--shard", `${index}/${count}`, "--out", output.out]);
  };
  await shards.make(compute(flags));
  await sweep([...flags, "--shard", "1/2", "--out", shards.jobs[0].out]);
  await shards.make(compute(flags));
  assertEquals((await shards.missing()).map(({ name }) => name), ["2/2"]);
  await assertRejects(
    () => shards.make(compute(flags.with(-1, "1.2"))),
    CircuitbookError,
    "1-of-2.parquet with the options --heads 0.1",
  );
  await assertRejects(
    () => new ShardsFolder(`${folder.path}/o.parquet`, 3).make(compute(flags)),
    CircuitbookError,
    "Expected shards of 3",
  );
});

Deno.test("an array job of Slurm runs every shard, a lost one again, and the merged table is that of one process", async () => {
  await using folder = await temporaryFolder();
  const flags = [...await flagsFor(folder.path, promptLines(11, 20)), "--heads", "0.1,1.2"];
  await sweep([...flags, "--out", `${folder.path}/whole.parquet`]);
  const out = String.raw`half, 50% \ "a".parquet`;
  const engine = [...flags, "--out", out, "--engine", "slurm", "--shards", "3"];
  const without = await ended(folder.path, engine, { PATH: "/nowhere" });
  assertEquals(without.code, 0, without.stderr);
  assertStringIncludes(without.stderr, `${out}.shards/array.sh is written`);
  await Deno.writeTextFile(`${folder.path}/sbatch`, sbatch, { mode: 0o755 });
  const { code, stderr } = await ended(folder.path, engine, {
    PATH: `${folder.path}:${Deno.env.get("PATH")}`,
  });
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "shards 1,2,3 of 3");
  assertStringIncludes(stderr, "shards 2 of 3");
  assertEquals(rowsOf(`${folder.path}/${out}`), rowsOf(`${folder.path}/whole.parquet`));
  assertEquals(names(folder.path).includes(`${out}.shards`), false);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`an array job is cancelled when its task is stopped by ${signal}`, async () => {
    await using folder = await temporaryFolder();
    const flags = [...await flagsFor(folder.path, promptLines(2, 2)), "--heads", "0.1"];
    await Deno.writeTextFile(`${folder.path}/sbatch`, endlessSbatch, { mode: 0o755 });
    await Deno.writeTextFile(`${folder.path}/scancel`, `#!/bin/bash\necho "$@" > cancelled\n`, {
      mode: 0o755,
    });
    const engine = ["--out", "o.parquet", "--engine", "slurm", "--shards", "2"];
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", command, ...flags, ...engine],
      cwd: folder.path,
      env: { INIT_CWD: folder.path, PATH: `${folder.path}:${Deno.env.get("PATH")}` },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let said = "";
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
      if (!said.includes("scancel 17") && (said + text).includes("scancel 17")) {
        process.kill(signal);
      }
      said += text;
    }
    assertEquals((await process.status).code, 1, said);
    assertStringIncludes(said, "the array job is cancelled");
    assertEquals(await Deno.readTextFile(`${folder.path}/cancelled`), "17\n");
  });
}

/**
 * Runs a shard as Ray's driver does. Returns what was said, and how often the process was started.
 */
async function shardTries(script: string, retries: number) {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/1.parquet`;
  const program = fromFileUrl(new URL("shard_tries.py", import.meta.url));
  const counting = `echo >> "$3.tries"; tries=$(wc -l < "$3.tries"); ${script}`;
  const { stdout, stderr, success } = await new Deno.Command(python, {
    args: ["-B", program, `${root}/lib/commands/engines`, counting, out, `${retries}`],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const tries = (await Deno.readTextFile(`${out}.tries`)).length;
  return { ...JSON.parse(new TextDecoder().decode(stdout)), tries };
}

Deno.test("Ray's driver tries a shard again whose process was killed, and not one that failed by itself", async () => {
  const again = "the process was ended by SIGKILL (often for want of memory); trying again";
  const line = 'echo "0 of 8 prompts are done" >&2';
  const dies = `${line}; kill -9 $$`;
  assertEquals(await shardTries(`[ $tries = 3 ] && echo > "$3" || { ${dies}; }`, 3), {
    error: null,
    said: ["0 of 8 prompts are done", again, "0 of 8 prompts are done", again],
    tries: 3,
  });
  const always = await shardTries(dies, 3);
  assertEquals(always.tries, 4);
  assertStringIncludes(always.error, "ended by SIGKILL");
  assertStringIncludes(always.error, "in each of 4 tries");
  assertEquals(await shardTries(`${line}; exit 1`, 3), {
    error: "0 of 8 prompts are done",
    said: ["0 of 8 prompts are done"],
    tries: 1,
  });
});

const hasRay = await Deno.stat(python).then(
  async () =>
    (await new Deno.Command(python, { args: ["-c", "import ray"], stderr: "null" }).output())
      .success,
  () => false,
);

Deno.test({
  ...unless(
    hasRay ? undefined : "Ray is an optional part of the set-up: deno task setup --ray",
    "Ray runs every shard, once more the one whose worker was killed, and the merged table is that of one process",
  ),
  fn: async () => {
    await using folder = await temporaryFolder();
    const flags = [...await flagsFor(folder.path, promptLines(11, 20)), "--heads", "0.1,1.2"];
    await sweep([...flags, "--out", `${folder.path}/whole.parquet`]);
    const engine = ["--out", "o.parquet", "--engine", "ray", "--shards", "4"];
    const running = ended(folder.path, [...flags, ...engine]);
    // A shard is a process of its own, whose parent is the worker.
    const second = await until("the second shard to run", async () => {
      const all = await processes();
      return all.find(({ command }) =>
        command.includes(folder.path) && command.includes("--shard 2/4")
      );
    });
    const killed = (await processes()).find(({ pid }) => pid === second.parent)!;
    assertStringIncludes(killed.command, "run_shard");
    Deno.kill(killed.pid, "SIGKILL");
    await untilGone([killed.pid, second.pid]);
    const { code, stderr } = await running;
    assertEquals(code, 0, stderr);
    assertEquals(rowsOf(`${folder.path}/o.parquet`), rowsOf(`${folder.path}/whole.parquet`));
  },
});

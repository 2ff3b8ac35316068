import { assert } from "@std/assert";
import { TextLineStream } from "deno-std/streams/mod.js";
import { join } from "@std/path";
import { jupyterVariables, PYTHON } from "../../lib/commands/repository.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { withNotebooks } from "../notebook/fixture.ts";
import { processes, until, untilGone } from "./processes.ts";

const commands = join(import.meta.dirname!, "../../lib/commands");

/** A task that prints its process id and runs for ever. */
const ENDLESS_TASK = `import { runTask } from ${JSON.stringify(`${commands}/run_task.ts`)};
await runTask(() => {
  console.log(Deno.pid);
  return new Promise(() => setInterval(() => {}, 1000));
});`;

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(`a report that ${signal} ends takes its runners and kernels with it`, async () => {
    const names = ["01-endless", "02-endless"];
    const cell = (name: string) =>
      `import { spawn } from "node:child_process";
spawn("sleep", ["1000"]);
Deno.writeTextFileSync("${name} loops", "");
while (true);`;
    const notebooks = Object.fromEntries(names.map((name) => [name, [cell(name)]]));
    await withNotebooks(notebooks, async (folder) => {
      const folders = ["--notebooks", folder, "--reports", folder];
      const report = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", `${commands}/report.ts`, ...folders, "--jobs", "2"],
        stdout: "null",
        stderr: "null",
      }).spawn();
      for (const name of names) {
        await until("the cell to loop", () => exists(join(folder, `${name} loops`)));
      }
      const pids = await descendants(report.pid);
      assert(pids.length >= 6, "two runners, two kernels and what the cells started");
      report.kill(signal);
      await report.status;
      await untilGone(pids);
    });
  });
}

Deno.test("a kernel ends with all its processes when its Jupyter server is killed", async () => {
  const program = `from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="circuitbook", startup_timeout=300)
client.execute("1 + 1", reply=True, timeout=300)
print("ran", flush=True)
import time
time.sleep(1000)`;
  const server = new Deno.Command(PYTHON, {
    args: ["-c", program],
    env: jupyterVariables(),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines: ReadableStream<string> = server.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  let hasRun = false;
  for await (const line of lines) {
    if (line !== "ran") continue;
    hasRun = true;
    const pids = await descendants(server.pid);
    assert(pids.length >= 2, "the kernel and its evaluator");
    server.kill("SIGKILL");
    await untilGone(pids);
  }
  await server.status;
  assert(hasRun, "a cell that has run");
});

Deno.test("JupyterLab stops when the process that started it is killed", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(join(folder.path, "jupyterlab"));
  // Stands in for JupyterLab.
  await Deno.writeTextFile(
    join(folder.path, "jupyterlab/__main__.py"),
    `import os, time
print(os.getpid(), flush=True)
while True: time.sleep(1)`,
  );
  const starter = `new Deno.Command(${JSON.stringify(PYTHON)}, {
    args: [${JSON.stringify(`${commands}/lab.py`)}],
    env: { PYTHONPATH: ${JSON.stringify(folder.path)} },
  }).spawn();`;
  await endsWith(starter);
});

Deno.test("a task ends when the deno task that started it is killed", async () => {
  await endsWith(startedBy(ENDLESS_TASK, { INIT_CWD: Deno.cwd() }));
});

Deno.test("a task ends when the npx that started its deno task is ended", async () => {
  // Stands in for deno task, which npx leaves to the system; it ends with its task.
  const denoTask = startedBy(ENDLESS_TASK, { INIT_CWD: Deno.cwd(), npm_command: "exec" });
  await endsWith(startedBy(denoTask), "SIGTERM");
});

/** A program that starts a second program, and ends with it. */
function startedBy(program: string, env: Record<string, string> = {}): string {
  return `await new Deno.Command(Deno.execPath(), {
    args: ["eval", ${JSON.stringify(program)}],
    env: ${JSON.stringify(env)},
  }).spawn().status;`;
}

/**
 * Runs a program that starts a second program, which prints its process id. Kills the first program
 * and waits for the end of the second.
 */
async function endsWith(program: string, signal: Deno.Signal = "SIGKILL"): Promise<void> {
  const starter = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines: ReadableStream<string> = starter.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const pid of lines) {
    starter.kill(signal);
    await untilGone([Number(pid)]);
  }
  await starter.status;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Returns the descendants of a process. */
async function descendants(pid: number): Promise<number[]> {
  const running = await processes();
  const found = [pid];
  for (const parent of found) {
    found.push(...running.filter((child) => child.parent === parent).map((child) => child.pid));
  }
  return found.slice(1);
}

/** `deno task bench`: times jobs on a checkpoint, in Circuitbook and in its peers. */
import { findModel } from "../checkpoint/find.ts";
import { parseFlags } from "./flags.ts";
import { ALLOCATION } from "./allocation.ts";
import { COMPUTING } from "./permissions.ts";
import { CommandError, root, runCommand, say, tell } from "./repository.ts";

/** The page about the cost of sweeps. */
const SCALE_PAGE = "docs/scale.md";

/** The jobs that take at most minutes on a checkpoint of a hundred million parameters. */
const USUAL_JOBS = "forward,resid,lens,decode1x64_2heads,gen8x64_2heads,detect,load";

const USAGE = `Times jobs on a checkpoint, in Circuitbook and in its peers.

deno task bench [--model MODEL] [--jobs all|JOB,…] [--dtype DTYPE] [--peers-python PYTHON]
deno task bench scale      measures sweeps by size, and writes docs/scale.md

  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, or a Hub id. Default: countdown-r1
  --jobs all|forward,…     names of jobs, or beginnings of names. Default: all for countdown-r1, else
                           ${USUAL_JOBS}
  --dtype DTYPE            the element type of Circuitbook's products: f32, f16, bf16 or int8. Default: f32. Peers are in f32
  --peers-python PYTHON    a Python with torch and transformers, and perhaps transformer_lens and nnsight.
                           Default: CIRCUITBOOK_PEERS_PYTHON, else python3

Times are medians in milliseconds on the CPU, with 2 threads for the peers. Circuitbook's jobs have a kernel's
settings of memory (lib/commands/allocation.ts); the peers have those of the system.
`;

const names = {
  task: "deno task bench",
  values: ["model", "jobs", "dtype", "peers-python"],
  switches: ["help"],
} as const;

/** A line that a timing script prints. */
interface Timing {
  readonly job: string;
  readonly peer: string;
  readonly ms: number;
  readonly error?: string;
}

/** Milliseconds by job and peer. */
type Times = Map<string, Record<string, number>>;

await runCommand(async () => {
  if (Deno.args[0] === "scale" && Deno.args.length === 1) return await measureScale();
  const flags = parseFlags(Deno.args, names);
  if (flags.has("help")) return say(USAGE.trimEnd());
  const model = flags.single("model") ?? "countdown-r1";
  const jobs = flags.single("jobs") ?? (model === "countdown-r1" ? "all" : USUAL_JOBS);
  const python = flags.single("peers-python") ?? Deno.env.get("CIRCUITBOOK_PEERS_PYTHON") ??
    "python3";
  const folder = await findModel(model);
  const times: Times = new Map();
  const dtype = flags.single("dtype") ?? "f32";
  const own = ["run", ...COMPUTING, "tests/bench/time_jobs.ts", model, jobs, dtype];
  await addTimes(times, Deno.execPath(), own);
  if (await hasTorch(python)) {
    const wanted = jobs === "all" ? "" : jobs;
    await addTimes(times, python, ["tests/bench/peers.py", folder, "--jobs", wanted]);
  } else {
    tell(`No peers: ${python} has no torch and transformers; name another by --peers-python.`);
  }
  console.table(Object.fromEntries([...times].map(([job, row]) => [job, shownRow(row)])));
});

/**
 * Measures sweeps by size, and writes the page about them.
 *
 * @throws CommandError if a sweep or the
 * formatting fails.
 */
async function measureScale(): Promise<void> {
  // Bash reports the processor time of the sweeps that it starts.
  const args = ["run", ...COMPUTING, "--allow-run=bash", "tests/bench/scale.ts", SCALE_PAGE];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).spawn().status;
  if (!success) throw new CommandError("Expected to measure sweeps but one failed; see above.");
  const fmt = { args: ["fmt", "--quiet", SCALE_PAGE], cwd: root };
  const formatted = await new Deno.Command(Deno.execPath(), fmt).spawn().status;
  if (!formatted.success) {
    throw new CommandError(
      `Expected deno fmt to format ${SCALE_PAGE} but it failed; the page is written, see above for what is wrong in it.`,
    );
  }
}

/**
 * Runs a script that prints timings, and adds these timings to the table.
 *
 * @throws CommandError if the script fails. Timings that the script printed before are added
 * nevertheless.
 */
async function addTimes(times: Times, program: string, args: readonly string[]): Promise<void> {
  const isOwn = program === Deno.execPath();
  const { success, stdout } = await new Deno.Command(program, {
    args: [...args],
    cwd: root,
    env: isOwn ? ALLOCATION : {},
    stderr: isOwn ? "inherit" : "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  for (const line of lines.filter((line) => line.startsWith("{"))) {
    const { job, peer, ms, error } = JSON.parse(line) as Timing;
    if (error) tell(`No ${peer}: ${error}`);
    else times.set(job, { ...times.get(job), [peer]: ms });
  }
  if (success) return;
  throw new CommandError(
    `Expected ${args.find((arg) => arg.startsWith("tests/"))} to time its jobs but it failed; ${
      isOwn ? "see above" : "run it by hand to see why"
    }.`,
  );
}

async function hasTorch(python: string): Promise<boolean> {
  try {
    const args = ["-c", "import torch, transformers"];
    return (await new Deno.Command(python, { args, stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Returns a row of the printed table. */
function shownRow({ circuitbook: ours, ...peers }: Record<string, number>): Record<string, string> {
  const row: Record<string, string> = {};
  if (ours !== undefined) row["circuitbook ms"] = ours.toFixed(2);
  for (const [peer, ms] of Object.entries(peers)) row[`${peer} ms`] = ms.toFixed(1);
  const fastest = Math.min(...Object.values(peers));
  if (ours !== undefined && Number.isFinite(fastest)) {
    row["times as fast"] = (fastest / ours).toFixed(1);
  }
  return row;
}

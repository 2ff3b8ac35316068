import { TextLineStream } from "deno-std/streams/mod.js";
import { CircuitbookError, InterruptedError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { ShardsFolder } from "./shards_folder.ts";

/** How often an array job is submitted again for the shards that are still missing. */
const RETRIES = 2;

/**
 * Writes an array job of Slurm that computes the missing shards of a table. If this machine has
 * `sbatch`, the job is submitted, and the function waits for its end.
 *
 * @param task the name of the task, which is also in the name of the job.
 * @param command the command line of a shard, without the flags for shard and output.
 * @param tell prints a line: where the script is, and which shards are submitted.
 * @returns true if all shards are finished; false if this machine has no `sbatch`.
 * @throws CircuitbookError if `sbatch` refuses the job, or if shards are missing after all retries.
 * @throws InterruptedError if the run is stopped.
 */
export async function runOnSlurm(
  folder: ShardsFolder,
  task: string,
  command: readonly string[],
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<boolean> {
  const script = `${folder.path}/array.sh`;
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    const missing = await folder.missing();
    if (!missing.length) return true;
    const indices = missing.map(({ name }) => name.split("/")[0]).join(",");
    await Deno.writeTextFile(script, arrayScript(folder, task, command, indices));
    if (!await hasSbatch()) {
      tell(
        `${script} is written; submit it on a machine with Slurm (sbatch ${
          quoted(script)
        }), then run the same command again to merge the shards`,
      );
      return false;
    }
    tell(`sbatch ${script}: shards ${indices} of ${folder.jobs.length}`);
    await submit(script, tell, watch.signal);
  }
  const missing = await folder.missing();
  if (!missing.length) return true;
  throw new CircuitbookError(
    `Expected ${folder.jobs.length} shards but found that ${missing.length} are missing: ${
      missing.slice(0, 5).map(({ name }) => name).join(", ")
    }; their logs are in ${folder.path}. If there are no logs, the nodes could not write to this folder.`,
  );
}

/**
 * Returns the script of the array job. Each of its tasks computes one shard, and writes its file
 * whole or not at all.
 */
function arrayScript(
  folder: ShardsFolder,
  task: string,
  command: readonly string[],
  indices: string,
): string {
  const count = folder.jobs.length;
  // The script opens its log itself: in a folder's name, Slurm would replace signs such as % and
  // refuse \. If Slurm restarts a finished task, the task finds its file and ends at once.
  return `#!/bin/bash
#SBATCH --job-name=circuitbook-${task}
#SBATCH --array=${indices}
#SBATCH --output=/dev/null
#SBATCH --requeue
exec >> ${quoted(folder.path)}/"$SLURM_ARRAY_TASK_ID.log" 2>&1
shard="$SLURM_ARRAY_TASK_ID/${count}"
out=${quoted(folder.path)}/"$SLURM_ARRAY_TASK_ID-of-${count}.parquet"
[ -e "$out" ] && exit 0
exec ${command.map(quoted).join(" ")} --shard "$shard" --out "$out"
`;
}

/** Returns a word in quotes for the shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Returns whether this machine has Slurm's `sbatch`. */
async function hasSbatch(): Promise<boolean> {
  try {
    return (await new Deno.Command("sbatch", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Submits the job and waits for its end. `sbatch --wait` fails if a task fails; the caller notices
 * the failure because the shard is missing. The job is cancelled if the run is stopped, and if this
 * process ends before the job.
 */
async function submit(
  script: string,
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const process = new Deno.Command("sbatch", {
    args: ["--wait", "--parsable", script],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(process.stderr).text();
  let job: string | undefined;
  const cancel = () => {
    if (job === undefined) return;
    new Deno.Command("scancel", { args: [job], stdout: "null", stderr: "null" }).outputSync();
    process.kill("SIGTERM");
    job = undefined;
  };
  signal?.addEventListener("abort", cancel);
  // The process also ends without an abort: by a second signal, and when its `deno task` is killed.
  addEventListener("unload", cancel);
  try {
    const lines = process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines as ReadableStream<string>) {
      // --parsable prints the number of the job, and the name of its cluster after a semicolon.
      job = line.split(";")[0];
      tell(`job ${job} is submitted; if this process is killed, end the job by: scancel ${job}`);
      // The run may have been stopped before the number of the job was known.
      if (signal?.aborted) cancel();
    }
    await process.status;
    const refused = job === undefined && !signal?.aborted;
    job = undefined;
    if (signal?.aborted) {
      throw new InterruptedError(
        "Interrupted: the array job is cancelled; finished shards are kept.",
      );
    }
    if (refused) {
      throw new CircuitbookError(
        `Expected sbatch to take ${script} but found: ${(await complaints).trim()}`,
      );
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    removeEventListener("unload", cancel);
  }
}

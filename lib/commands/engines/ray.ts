import { TextLineStream } from "deno-std/streams/mod.js";
import { z } from "zod";
import { CircuitbookError, InterruptedError } from "../../base/errors.ts";
import { Meter, type Watch } from "../../base/progress.ts";
import { PYTHON } from "../repository.ts";
import type { ShardsFolder } from "./shards_folder.ts";

/** How often a shard is tried again if its worker dies. */
const RETRIES = 3;

const eventSchema = z.union([
  z.strictObject({ shard: z.string(), line: z.string() }),
  z.strictObject({ shard: z.string(), done: z.literal(true) }),
  z.strictObject({ shard: z.string(), error: z.string() }),
]);

/**
 * Runs the missing shards of a table as tasks of Ray, through a Python driver in the set-up
 * environment.
 *
 * @param command the command line of a shard, without the flags for shard and output.
 * @param address the address of a Ray cluster; undefined starts workers on this machine.
 * @param tell prints a line: what the processes of the shards print.
 * @throws CircuitbookError if Ray is not installed or does not start, or if a shard fails.
 * @throws InterruptedError if the run is stopped.
 */
export async function runOnRay(
  folder: ShardsFolder,
  command: readonly string[],
  address: string | undefined,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  const shards = await folder.missing();
  if (!shards.length) return;
  await checkRay();
  const driver = startDriver();
  const stop = () => driver.kill("SIGTERM");
  watch.signal?.addEventListener("abort", stop);
  const job = { command, shards, cwd: Deno.cwd(), address: address ?? null, retries: RETRIES };
  const writer = driver.stdin.getWriter();
  // The pipe stays open until the driver's output ends. If this process is killed, the system
  // closes the pipe, and the driver ends.
  await writer.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
  const complaints = new Response(driver.stderr).text();
  const failed: string[] = [];
  const meter = new Meter("shards", shards.length, "shards", watch);
  try {
    const lines = driver.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines as ReadableStream<string>) {
      const event = eventSchema.parse(JSON.parse(line));
      if ("line" in event) tell(`${event.shard}: ${event.line}`);
      else {
        if ("error" in event) failed.push(`${event.shard}: ${event.error}`);
        await meter.advance(1);
      }
    }
  } finally {
    meter.end();
    await writer.close();
    watch.signal?.removeEventListener("abort", stop);
  }
  const { success } = await driver.status;
  if (watch.signal?.aborted) {
    throw new InterruptedError(
      `Interrupted: finished shards are kept in ${folder.path}; the same command runs the others.`,
    );
  }
  checkFailed(failed, shards.length, folder);
  if (!success) {
    const reason = (await complaints).trim().split("\n").at(-1);
    throw new CircuitbookError(`Expected Ray to run the shards but its driver failed: ${reason}`);
  }
}

/** Starts the Python program that hands shards to Ray and prints a line of JSON for each event. */
function startDriver(): Deno.ChildProcess {
  return new Deno.Command(PYTHON, {
    args: [`${import.meta.dirname}/ray_driver.py`],
    // By default, Ray gives up early on a busy machine and reports usage to its makers.
    env: { RAY_USAGE_STATS_ENABLED: "0", RAY_raylet_start_wait_time_s: "120" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** @throws CircuitbookError if shards have failed. */
function checkFailed(failed: readonly string[], shards: number, { path }: ShardsFolder): void {
  if (!failed.length) return;
  throw new CircuitbookError(
    `Expected ${shards} shards but ${failed.length} failed: ${failed.slice(0, 3).join("; ")}. ` +
      `Finished shards are kept in ${path}; the same command tries the others again.`,
  );
}

/** @throws CircuitbookError if the set-up environment has no Ray. */
async function checkRay(): Promise<void> {
  const { success } = await new Deno.Command(PYTHON, {
    args: ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('ray') is None)"],
    stdout: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  if (success) return;
  throw new CircuitbookError(
    "Expected Ray in .venv but found none; install it by: deno task setup --ray",
  );
}

/** `deno task sweep`: `ablation.sweepHeads` for a file of prompts, as a command. */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import type { TableOutput } from "./shards/output.ts";
import { parseSweepArguments, USAGE } from "./sweep/arguments.ts";

await runTask(async (signal) => {
  const args = parseSweepArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  const { sweepToFile } = await import("./sweep/sweep_to_file.ts");
  const watch = { signal, onProgress: terminalProgress() };
  const compute = (output: TableOutput) => sweepToFile({ ...args, ...output }, tell, watch);
  if (!args.engine) return await compute(args);
  const { runShards } = await import("./engines/run_shards.ts");
  await runShards("sweep", Deno.args, args.out, args.engine, compute, tell, watch);
});

/**
 * `deno task patch`: `patching.heads` and `patching.positions` for a file of pairs, as a command.
 */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import type { TableOutput } from "./shards/output.ts";
import { parsePatchArguments, USAGE } from "./patch/arguments.ts";

await runTask(async (signal) => {
  const args = parsePatchArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  const { patchToFile } = await import("./patch/patch_to_file.ts");
  const watch = { signal, onProgress: terminalProgress() };
  const compute = (output: TableOutput) => patchToFile({ ...args, ...output }, tell, watch);
  if (!args.engine) return await compute(args);
  const { runShards } = await import("./engines/run_shards.ts");
  await runShards("patch", Deno.args, args.out, args.engine, compute, tell, watch);
});

/**
 * `deno task trace`: `model.run` and `model.generate` as a command, which writes the tapped
 * activations to a file.
 */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import type { TableOutput } from "./shards/output.ts";
import { parseTraceArguments, USAGE } from "./trace/arguments.ts";

await runTask(async (signal) => {
  const args = parseTraceArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  if (args.prompts !== undefined) {
    const { traceToTable } = await import("./trace/trace_to_table.ts");
    const watch = { signal, onProgress: terminalProgress() };
    const compute = (output: TableOutput) => traceToTable({ ...args, ...output }, tell, watch);
    if (!args.engine) return await compute(args);
    const { runShards } = await import("./engines/run_shards.ts");
    return await runShards("trace", Deno.args, args.out, args.engine, compute, tell, watch);
  }
  const { trace } = await import("./trace/trace_to_file.ts");
  await trace(args, signal);
});

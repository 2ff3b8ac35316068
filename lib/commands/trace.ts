/** `deno task trace`: what a notebook does with `model.run` and `model.generate`, for scripts, clusters and Python. */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import { parseTraceArguments, USAGE } from "./trace/arguments.ts";

await runTask(async (signal) => {
  const args = parseTraceArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  if (args.prompts !== undefined) {
    const { traceToTable } = await import("./trace/trace_to_table.ts");
    return await traceToTable(args, tell, { signal, onProgress: terminalProgress() });
  }
  const { trace } = await import("./trace/trace_to_file.ts");
  await trace(args, signal);
});

/** `deno task trace`: what a notebook does with `model.run` and `model.generate`, for scripts, clusters and Python. */
import { say } from "./repository.ts";
import { runTask } from "./run_task.ts";
import { parseTraceArguments, USAGE } from "./trace/arguments.ts";

await runTask(async (signal) => {
  const args = parseTraceArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  const { trace } = await import("./trace/trace_to_file.ts");
  await trace(args, signal);
});

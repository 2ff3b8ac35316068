/** `deno task trace`: what a notebook does with `model.run` and `model.generate`, for scripts, clusters and Python. */
import { parseTraceArguments, usage } from "./trace/arguments.ts";
import { say } from "./repository.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());

// A task runs in the repository's folder; paths are meant from where it was typed.
const typedIn = Deno.env.get("INIT_CWD");
if (typedIn) Deno.chdir(typedIn);

try {
  const args = parseTraceArguments(Deno.args);
  if (args) await (await import("./trace/run.ts")).trace(args, stop.signal);
  else say(usage.trimEnd());
  Deno.exit(0);
} catch (error) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${messageOf(error)}\n`));
  Deno.exit(1);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (Deno.args.includes("--verbose")) return error.stack ?? error.message;
  return error.message.replace(/\s*\n\s*/g, " ");
}

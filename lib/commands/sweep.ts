/** `deno task sweep`: what a notebook does with `ablation.sweepHeads`, for many prompts, in scripts and on clusters. */
import { terminalProgress } from "../notebook/progress_display.ts";
import { say } from "./repository.ts";
import { parseSweepArguments, usage } from "./sweep/arguments.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());

// A task runs in the repository's folder; paths are meant from where it was typed.
const typedIn = Deno.env.get("INIT_CWD");
if (typedIn) Deno.chdir(typedIn);

try {
  const args = parseSweepArguments(Deno.args);
  if (args) {
    const { sweepToFile } = await import("./sweep/run.ts");
    await sweepToFile(args, tell, { signal: stop.signal, onProgress: terminalProgress() });
  } else say(usage.trimEnd());
  Deno.exit(0);
} catch (error) {
  tell(messageOf(error));
  Deno.exit(1);
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (Deno.args.includes("--verbose")) return error.stack ?? error.message;
  return error.message.replace(/\s*\n\s*/g, " ");
}

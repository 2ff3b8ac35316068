import { tell } from "./repository.ts";

/**
 * Runs a task of the command line in the folder in which it was typed, and ends the process: with 1, and what went wrong in a
 * line on standard error (with its stack trace after `--verbose`), when it fails. SIGINT and SIGTERM set off the signal; a second
 * one ends the process at once, with 130 or 143.
 */
export async function runTask(work: (signal: AbortSignal) => Promise<void>): Promise<never> {
  const stop = new AbortController();
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      if (stop.signal.aborted) Deno.exit(code);
      stop.abort();
    });
  }
  // A task runs in the repository's folder; paths are meant from where it was typed.
  const typedIn = Deno.env.get("INIT_CWD");
  if (typedIn) Deno.chdir(typedIn);
  try {
    await work(stop.signal);
  } catch (error) {
    tell(messageOf(error));
    Deno.exit(1);
  }
  Deno.exit(0);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (Deno.args.includes("--verbose")) return error.stack ?? error.message;
  return error.message.replace(/\s*\n\s*/g, " ");
}

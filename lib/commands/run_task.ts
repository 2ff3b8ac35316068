import { shortened } from "../base/shortened.ts";
import { endWithTask } from "./parent.ts";
import { tell } from "./repository.ts";

/** The signals that stop a task, with the exit code of a task that one of them ended: 128 and the number of the signal. */
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

/**
 * Runs a task in the folder in which the user typed the command, and ends the process. If the task fails, its error is
 * printed as one line on standard error (with `--verbose`, with its stack trace), and the exit code is 1.
 *
 * The first SIGINT, SIGTERM or SIGHUP aborts the signal that `work` receives. A second one ends the process at once, with
 * the exit code 130, 143 or 129. The process also ends if its `deno task` is killed.
 */
export async function runTask(work: (signal: AbortSignal) => Promise<void>): Promise<never> {
  endWithTask();
  const stop = new AbortController();
  for (const [signal, code] of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      if (stop.signal.aborted) Deno.exit(code);
      stop.abort();
    });
  }
  // `deno task` starts in the repository's folder, but the user means paths from the folder in which they typed.
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
  if (error instanceof Deno.errors.NotCapable) {
    const [reason] = error.message.split(", run again");
    return `Expected this task to need the permissions that deno.json gives it but found one more: ${reason}.`;
  }
  return shortened(error.message.replace(/\s*\n\s*/g, " "));
}

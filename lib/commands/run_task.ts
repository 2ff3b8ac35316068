import { errorLine } from "./error_line.ts";
import { endWithTask } from "./parent.ts";
import { tell } from "./repository.ts";

/**
 * The signals that stop a task, with the exit code of a task that one of them ended: 128 and the
 * number of the signal.
 */
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

/**
 * Runs a task in the folder in which the user typed the command, and ends the process. If the task
 * fails, its error is printed as one line on standard error (with `--verbose`, with its stack
 * trace), and the exit code is 1.
 *
 * The first SIGINT, SIGTERM or SIGHUP aborts the signal that `work` receives. A second one ends the
 * process at once, with the exit code 130, 143 or 129. The process also ends if its `deno task` is
 * killed.
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
  // `deno task` starts in the repository's folder, but the user means paths from the folder in
  // which they typed.
  const typedIn = Deno.env.get("INIT_CWD");
  if (typedIn) Deno.chdir(typedIn);
  try {
    await work(stop.signal);
  } catch (error) {
    tell(errorLine(error));
    Deno.exit(1);
  }
  Deno.exit(0);
}

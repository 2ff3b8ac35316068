import { shortened } from "../base/shortened.ts";

/**
 * Returns the line in which a task reports a failure; with `--verbose`, the stack trace of the
 * failure.
 *
 * @param error what was thrown.
 */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (Deno.args.includes("--verbose")) return error.stack ?? error.message;
  if (error instanceof Deno.errors.NotCapable) {
    const [reason] = error.message.split(", run again");
    return `Expected this task to need the permissions that deno.json gives it but found one more: ${reason}.`;
  }
  return shortened(error.message.replace(/\s*\n\s*/g, " "));
}

import { MARK_VARIABLE, type Report } from "./protocol.ts";

const encoder = new TextEncoder();

/** Writes to standard output, even if a cell replaces the functions of `Deno.stdout`. */
const write = Deno.stdout.writeSync.bind(Deno.stdout);

/** The mark before a report. The NUL byte keeps it apart from what programs print. */
const MARK = `\0${Deno.env.get(MARK_VARIABLE)}`;

/**
 * Tells the kernel something. The report has left when the function returns, in the order of what
 * the process prints.
 */
export function tell(report: Report): void {
  let bytes = encoder.encode(`${MARK}${JSON.stringify(report)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(write(bytes));
}

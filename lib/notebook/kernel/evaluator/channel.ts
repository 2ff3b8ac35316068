import { MARK_VARIABLE, type Report } from "./protocol.ts";

const encoder = new TextEncoder();

/** The mark before a report. The NUL byte keeps it apart from what programs print. */
const MARK = `\0${Deno.env.get(MARK_VARIABLE)}`;

/** Tells the kernel something. The report has left when the function returns, in the order of what the process prints. */
export function tell(report: Report): void {
  writeAll(Deno.stdout, `${MARK}${JSON.stringify(report)}\n`);
}

/** Marks the end of a run on standard error, so that the kernel knows that it has read all that was printed. */
export function endStandardError(): void {
  writeAll(Deno.stderr, `${MARK}\n`);
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}

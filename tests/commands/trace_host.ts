/**
 * Runs `deno task trace` again and again in one process, so that the library is loaded once:
 * standard input has a line of JSON arguments for each run. After a run, a line of {@link MARK} and
 * the exit code ends its part of standard output and of standard error. Everything else on the two
 * is what the command or ONNX Runtime wrote.
 */
import { TextLineStream } from "deno-std/streams/mod.js";

/** Begins the line that ends a run. */
export const MARK = "end of the trace: ";

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

if (import.meta.main) {
  let args: string[] = [];
  Object.defineProperty(Deno, "args", { get: () => args });
  Deno.exit = (code = 0): never => {
    throw new Exit(code);
  };
  const lines: ReadableStream<string> = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  let runs = 0;
  for await (const line of lines) {
    args = JSON.parse(line);
    const code = await runOnce(runs++);
    const end = new TextEncoder().encode(`${MARK}${code}\n`);
    Deno.stdout.writeSync(end);
    Deno.stderr.writeSync(end);
  }
}

/**
 * Evaluates the command's module once more, and returns the code with which the command ends the
 * process.
 */
async function runOnce(run: number): Promise<number> {
  try {
    await import(`../../lib/commands/trace.ts?run=${run}`);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
  throw new Error("Expected the command to end the process but it did not.");
}

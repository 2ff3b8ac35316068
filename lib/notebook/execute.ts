import { join } from "deno-std/path/mod.js";
import { TextLineStream } from "deno-std/streams/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { type Notebook, readNotebook } from "./notebook_file.ts";

/** What a running notebook tells: a code cell began, or work in it is so far. */
export type ExecutionEvent = { event: "cell"; cell: number } | {
  event: "progress";
  cell: number;
  bars: string[];
};

/** The error that ended a notebook's run, as the kernel told it. Cells count from 0, all kinds together. */
export interface CellFailure {
  cell: number;
  ename: string;
  evalue: string;
  traceback: string[];
}

/** A notebook with its outputs, and the failure that cut it short, if any. */
export interface Execution {
  notebook: Notebook;
  failure?: CellFailure;
}

const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("cell"), cell: z.number() }),
  z.object({ event: z.literal("progress"), cell: z.number(), bars: z.array(z.string()) }),
  z.object({
    event: z.literal("failure"),
    cell: z.number(),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
]);

/**
 * The notebook of a file with the outputs of a fresh run in its folder; the file stays as it is.
 * The run ends at the first cell that throws.
 *
 * @param python The Python that has nbclient and the kernelspec (`.venv/bin/python`).
 * @param kernel The kernelspec's name.
 * @param variables Added to the environment of the kernel.
 * @throws CircuitbookError when the run cannot start.
 */
export async function executeNotebook(
  path: string,
  { python, kernel = "circuitbook", variables = {}, onEvent = () => {} }: {
    python: string;
    kernel?: string;
    variables?: Record<string, string>;
    onEvent?: (event: ExecutionEvent) => void;
  },
): Promise<Execution> {
  const scratch = await Deno.makeTempDir({ prefix: "circuitbook-" });
  try {
    const executed = join(scratch, "executed.ipynb");
    const log = join(scratch, "kernel.log");
    const script = join(import.meta.dirname ?? "", "execute.py");
    const runner = new Deno.Command(python, {
      args: [script, path, executed, kernel, log],
      env: variables,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(runner.stderr).text();
    const failure = await follow(runner.stdout, onEvent);
    const { success } = await runner.status;
    if (!success) {
      throw new CircuitbookError(
        `Expected ${path} to run but the runner stopped: ${(await complaints).trim()}`,
      );
    }
    if (failure?.ename === "DeadKernelError") {
      failure.traceback = (await Deno.readTextFile(log)).trim().split("\n");
    }
    return { notebook: await readNotebook(executed), failure };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function follow(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEvent: (event: ExecutionEvent) => void,
): Promise<CellFailure | undefined> {
  let failure: CellFailure | undefined;
  const lines: ReadableStream<string> = stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    const event = eventSchema.parse(JSON.parse(line));
    if (event.event === "failure") failure = event;
    else onEvent(event);
  }
  return failure;
}

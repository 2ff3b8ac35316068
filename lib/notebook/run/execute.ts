import { join } from "deno-std/path/mod.js";
import { TextLineStream } from "deno-std/streams/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { infoOf } from "../../checkpoint/files.ts";
import { type Notebook, readNotebook } from "../notebook_file.ts";
import { type ModelRecord, readRecords, RECORD_VARIABLE } from "./record.ts";

/**
 * An event of a running notebook: a code cell began, work in a cell made progress, or a cell said
 * what the notebook expects.
 */
export type ExecutionEvent = { event: "cell"; cell: number } | {
  event: "progress";
  cell: number;
  /** The lines of the progress bars. */
  bars: string[];
} | {
  event: "pace";
  cell: number;
  /** How long one forward pass takes, and the notebook about. */
  sentence: string;
};

/** The error that ended a notebook's run, as the kernel reported it. */
export interface CellFailure {
  /** The index of the cell among all cells, from 0. */
  cell: number;
  /** The name of the error. */
  ename: string;
  /** The message of the error. */
  evalue: string;
  /** The lines of the trace. */
  traceback: string[];
  /**
   * The line of the cell that failed, from 1; `undefined` where the trace does not lead into the
   * cell.
   */
  line?: number;
}

/** A notebook with its outputs, and the failure that cut its run short, if any. */
export interface Execution {
  notebook: Notebook;
  failure?: CellFailure;
  /** The models that the cells loaded, in order. */
  records: ModelRecord[];
}

/** How {@link executeNotebook} runs a notebook. */
export interface ExecutionOptions {
  /** The Python that has nbclient and the kernel's spec (`.venv/bin/python`). */
  python: string;
  /** The name of the kernel's spec. */
  kernel?: string;
  /** Variables added to the environment of the kernel. */
  variables?: Record<string, string>;
  /** Is called with each event of the run. */
  onEvent?: (event: ExecutionEvent) => void;
}

const EVENT = z.discriminatedUnion("event", [
  z.object({ event: z.literal("cell"), cell: z.number() }),
  z.object({ event: z.literal("progress"), cell: z.number(), bars: z.array(z.string()) }),
  z.object({ event: z.literal("pace"), cell: z.number(), sentence: z.string() }),
  z.object({
    event: z.literal("failure"),
    cell: z.number(),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
    line: z.number().optional(),
  }),
]);

/**
 * Returns the notebook of a file with the outputs of a fresh run in the file's folder. The file
 * itself is not changed. The run ends at the first cell that throws; a cell that throws a
 * `MissingAbility` ends only its section, whose other code cells are marked as skipped in their
 * metadata.
 *
 * @param path the notebook file.
 * @param options the Python, the kernel and its environment.
 * @throws CircuitbookError if the run cannot start.
 */
export async function executeNotebook(path: string, options: ExecutionOptions): Promise<Execution> {
  const scratch = await Deno.makeTempDir({ prefix: "circuitbook-" });
  try {
    return await runIn(scratch, path, options);
  } finally {
    // A runner that was ended has removed the folder.
    if (await infoOf(scratch)) await Deno.remove(scratch, { recursive: true });
  }
}

/** Runs a notebook with `scratch` for the executed notebook and the kernel's log. */
async function runIn(
  scratch: string,
  path: string,
  { python, kernel = "circuitbook", variables = {}, onEvent = () => {} }: ExecutionOptions,
): Promise<Execution> {
  const executed = join(scratch, "executed.ipynb");
  const log = join(scratch, "kernel.log");
  const records = join(scratch, "records.jsonl");
  const script = join(import.meta.dirname ?? "", "execute.py");
  const runner = new Deno.Command(python, {
    args: [script, path, executed, kernel, log],
    env: { ...variables, [RECORD_VARIABLE]: records },
    // The runner and its kernel end when this pipe is closed. The system closes the pipe if this
    // process is killed.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    const complaints = new Response(runner.stderr).text();
    const failure = await follow(runner.stdout, onEvent);
    const { success } = await runner.status;
    if (!success) {
      throw new CircuitbookError(
        `Expected ${path} to run but the runner stopped: ${(await complaints).trim()}`,
      );
    }
    if (failure?.ename === "DeadKernelError" && failure.traceback.length === 0) {
      failure.traceback = (await Deno.readTextFile(log)).trim().split("\n");
    }
    return {
      notebook: await readNotebook(executed),
      failure,
      records: await readRecords(records),
    };
  } finally {
    await runner.stdin.close();
    await runner.status;
  }
}

/** Passes the runner's events on, and returns the failure among them. */
async function follow(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEvent: (event: ExecutionEvent) => void,
): Promise<CellFailure | undefined> {
  let failure: CellFailure | undefined;
  const lines: ReadableStream<string> = stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    const event = EVENT.parse(JSON.parse(line));
    if (event.event === "failure") failure = event;
    else onEvent(event);
  }
  return failure;
}

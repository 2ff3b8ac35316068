import { fromFileUrl } from "@std/path";
import { MARK } from "./trace_host.ts";

const command = fromFileUrl(new URL("../../lib/commands/trace.ts", import.meta.url));
const host = fromFileUrl(new URL("trace_host.ts", import.meta.url));

/** How a trace ended. */
export interface Traced {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command behind `deno task trace` in a process of its own; paths are relative to the
 * current folder.
 */
export async function trace(...args: string[]): Promise<Traced> {
  return await ended(traceProcess(...args));
}

let shared: TraceHost | undefined;

Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
  shared = undefined;
});

/**
 * Runs one trace in a process that all tests share; paths are relative to the current folder. The
 * trace before must have ended.
 */
export async function hostedTrace(...args: string[]): Promise<Traced> {
  return await (shared ??= new TraceHost()).trace(...args);
}

/** The process of a trace, under way. */
export function traceProcess(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", command, ...args],
    env: { NO_COLOR: "1", INIT_CWD: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A process that runs many traces, one after the other. */
export class TraceHost implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout: MarkedReader;
  readonly #stderr: MarkedReader;

  constructor() {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", host],
      env: { NO_COLOR: "1", INIT_CWD: "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#stdout = new MarkedReader(this.#process.stdout);
    this.#stderr = new MarkedReader(this.#process.stderr);
  }

  /** Runs one trace; paths are relative to the current folder. The trace before must have ended. */
  async trace(...args: string[]): Promise<Traced> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(args) + "\n"));
    const [stdout, stderr] = await Promise.all([this.#stdout.next(), this.#stderr.next()]);
    return { code: stdout.code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await Promise.all([this.#stdout.close(), this.#stderr.close()]);
    await this.#process.status;
  }
}

/** Reads a stream in parts that end with a line of {@link MARK} and a code. */
class MarkedReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Returns the next part. */
  async next(): Promise<{ readonly text: string; readonly code: number }> {
    while (true) {
      const end = new RegExp(`${MARK}(\\d+)\n`).exec(this.#text);
      if (end) {
        const text = this.#text.slice(0, end.index);
        this.#text = this.#text.slice(end.index + end[0].length);
        return { text, code: Number(end[1]) };
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The host of traces ended early: ${this.#text}`);
      this.#text += value;
    }
  }

  /** Reads the rest of the stream. */
  async close(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }
}

/** Waits for the end of a process. */
export async function ended(process: Deno.ChildProcess): Promise<Traced> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A safetensors file, read without the library. */
export interface TraceFile {
  readonly metadata: Record<string, string>;
  readonly tensors: ReadonlyMap<
    string,
    { dtype: string; shape: number[]; data: Float32Array | Int32Array }
  >;
}

/** Reads a trace file without the library that wrote it. */
export async function readTrace(path: string): Promise<TraceFile> {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const { __metadata__, ...entries } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  );
  const tensors = Object.entries(
    entries as Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>,
  )
    .map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
      const { buffer } = bytes.slice(8 + length + from, 8 + length + to);
      return [name, {
        dtype,
        shape,
        data: dtype === "I32" ? new Int32Array(buffer) : new Float32Array(buffer),
      }] as const;
    });
  return { metadata: __metadata__, tensors: new Map(tensors) };
}

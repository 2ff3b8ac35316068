import { fromFileUrl } from "@std/path";

const command = fromFileUrl(new URL("../../lib/commands/trace.ts", import.meta.url));

/** How a trace ended. */
export interface Traced {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command behind `deno task trace` in a process of its own; paths are relative to the current folder. */
export async function trace(...args: string[]): Promise<Traced> {
  return await ended(traceProcess(...args));
}

/** The process of a trace, under way. */
export function traceProcess(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", command, ...args],
    env: { NO_COLOR: "1", INIT_CWD: "" },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
  }).spawn();
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

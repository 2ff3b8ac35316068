import { assertEquals } from "@std/assert";
import { TextLineStream } from "deno-std/streams/mod.js";
import { join } from "@std/path";
import { jupyterVariables, PYTHON } from "../../../lib/commands/repository.ts";

/** An output of a cell, as `session.py` prints it. */
export interface Output {
  readonly stream?: string;
  readonly text?: string;
  readonly error?: string;
  readonly message?: string;
  readonly trace?: string[];
  /** The type of the message, if it shows something. */
  readonly shown?: string;
  readonly data?: Record<string, string>;
  readonly id?: string;
}

/** The outcome of a cell. */
export interface Ran {
  readonly status: string;
  readonly line: number | null;
  /** The number of the cell in its kernel, from 1. */
  readonly number: number;
  readonly outputs: readonly Output[];
}

/** The outcome of a step; its fields depend on the step. */
export interface Result {
  readonly cells: readonly Ran[];
  readonly late: number;
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly data: Record<string, string>;
}

/** The steps that `session.py` takes. */
export type Step =
  | { cells: string[]; answer?: string }
  | { complete: string }
  | { inspect: string }
  | { write: string; text: string }
  | { restart: true };

/** A kernel in a folder beside the notebooks, which runs steps one after the other. */
export class KernelSession implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #complaints: Promise<string>;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#process = new Deno.Command(PYTHON, {
      args: [`${import.meta.dirname}/session.py`, folder],
      env: { ...jupyterVariables(), NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    const lines: ReadableStream<string> = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    this.#lines = lines.getReader();
    this.#complaints = new Response(this.#process.stderr).text();
  }

  /** Starts a kernel in a new folder that holds files. */
  static async start(files: Readonly<Record<string, string>> = {}): Promise<KernelSession> {
    const folder = await Deno.makeTempDir({
      dir: join(import.meta.dirname!, ".."),
      prefix: "tmp-kernel-",
    });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    return new KernelSession(folder);
  }

  /** Returns what each step gave. */
  async run(steps: readonly Step[]): Promise<Result[]> {
    const results: Result[] = [];
    for (const step of steps) {
      await this.#input.write(new TextEncoder().encode(JSON.stringify(step) + "\n"));
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`The session ended early: ${await this.#complaints}`);
      results.push(JSON.parse(value));
    }
    return results;
  }

  /** Returns what each cell gave, one run after the other. */
  async cells(...sources: readonly string[]): Promise<Ran[]> {
    const results = await this.run(sources.map((source) => ({ cells: [source] })));
    return results.map((result) => {
      assertEquals(result.late, 0);
      return result.cells[0];
    });
  }

  /** Ends the kernel and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    while (!(await this.#lines.read()).done);
    await this.#complaints;
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

let shared: Promise<KernelSession> | undefined;

/**
 * Returns the kernel that tests share, because starting a kernel and loading the library take
 * longer than most tests. The kernel may hold variables of earlier tests.
 */
export function sharedKernel(): Promise<KernelSession> {
  return shared ??= KernelSession.start();
}

Deno.test.afterAll(async () => await (await shared)?.[Symbol.asyncDispose]());

/** Returns the texts that a cell printed or showed, without their pictures. */
export function texts({ outputs }: Ran): string[] {
  return outputs.map(({ text, message, data }) => text ?? message ?? data!["text/plain"]);
}

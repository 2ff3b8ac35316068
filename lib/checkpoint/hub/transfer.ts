import { createHash, type Hash } from "node:crypto";
import { CircuitbookError, InterruptedError, messageOf } from "../../base/errors.ts";
import { stopSignal, throwIfStopped } from "../../base/progress.ts";
import { fileSize, naming, writeAll } from "../files.ts";

/** A file to fetch, and the size and checksum of its content. */
export interface RemoteFile {
  /** The address of the file. */
  url: string;
  /**
   * Headers for the host of the address; the runtime does not pass the authorization on to another
   * host.
   */
  headers?: Readonly<Record<string, string>>;
  /** The size in bytes. */
  size: number;
  /** The SHA-256 of the content, or the SHA-1 that git gives to a blob with the content. */
  checksum: { kind: "sha256" | "git-sha1"; hex: string };
}

/** The signal and the listener of a download, and the limits after which a transfer is given up. */
export interface DownloadOptions {
  /** Stops the download; the received bytes are kept. */
  signal?: AbortSignal;
  /** Called with the number of received bytes. */
  onBytes?: (done: number) => void;
  /** How often a transfer that brings no new bytes is tried again; 5 by default. */
  retries?: number;
  /**
   * After how many milliseconds without a new byte a transfer is broken off and resumed; 30,000 by
   * default.
   */
  stallTimeout?: number;
}

/**
 * Fetches a file to a path. A transfer that broke off or stalled is resumed; the result is checked
 * for its size and checksum, and then renamed from `PATH.incomplete`. If two processes fetch the
 * same file, the second waits for the first.
 *
 * @throws CircuitbookError if the server refuses, if the transfer fails again and again, or if the
 * content has another checksum.
 * @throws InterruptedError if stopped.
 */
export async function download(
  file: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const partial = `${path}.incomplete`;
  using handle = await naming(
    "write",
    partial,
    () => Deno.open(partial, { read: true, write: true, create: true }),
  );
  await handle.lock(true);
  if (await fileSize(path) !== undefined) return await removeIfThere(partial);
  const transfer = new Transfer(file, path, handle, options);
  await transfer.takeUp();
  await transfer.finish();
  const found = transfer.digest();
  if (found !== file.checksum.hex) {
    await removeIfThere(partial);
    throw new CircuitbookError(
      `Expected the ${file.checksum.kind} ${file.checksum.hex} for ${file.url} but found ${found}; ` +
        `the transfer was corrupted and its bytes are removed, so try again.`,
    );
  }
  await handle.sync();
  await Deno.rename(partial, path);
}

/** How long a transfer may bring nothing before it is broken off, in milliseconds. */
const STALL_TIMEOUT = 30_000;

/** Aborts its signal if no byte arrives for a while. */
class StallTimer implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(timeout = STALL_TIMEOUT) {
    this.#timeout = timeout;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the time anew, when something has come. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    const reason = new Error(`nothing came for ${this.#timeout / 1000} s`);
    return setTimeout(() => this.#controller.abort(reason), this.#timeout);
  }
}

class Transfer {
  #done = 0;
  #hash: Hash;

  constructor(
    readonly file: RemoteFile,
    readonly path: string,
    readonly handle: Deno.FsFile,
    readonly options: DownloadOptions,
  ) {
    this.#hash = this.#startHash();
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Hashes the bytes that an earlier transfer left. */
  async takeUp(): Promise<void> {
    if ((await this.handle.stat()).size > this.file.size) return await this.#startAgain();
    const chunk = new Uint8Array(1 << 20);
    for (let count; (count = await this.handle.read(chunk)) !== null;) {
      this.#count(chunk.subarray(0, count));
    }
  }

  async finish(): Promise<void> {
    const { retries = 5, signal } = this.options;
    for (let failures = 0; this.#done < this.file.size;) {
      const before = this.#done;
      let problem = `the connection ended after ${before} of ${this.file.size} bytes`;
      try {
        await this.#fetchRest();
      } catch (error) {
        throwIfStopped(signal);
        if (error instanceof CircuitbookError) throw error;
        problem = messageOf(error);
      }
      if (this.#done >= this.file.size) return;
      failures = this.#done > before ? 0 : failures + 1;
      if (failures > retries) {
        throw new CircuitbookError(
          `Expected ${this.file.url} but the transfer fails: ${problem}; another call goes on ` +
            `from ${this.#done} of ${this.file.size} bytes.`,
        );
      }
      if (failures > 1) await pause(1000 * 2 ** (failures - 2), signal);
    }
  }

  async #fetchRest(): Promise<void> {
    const { url, headers, size } = this.file;
    const range: Record<string, string> = this.#done ? { range: `bytes=${this.#done}-` } : {};
    using stall = new StallTimer(this.options.stallTimeout);
    const stop = stopSignal(this.options.signal);
    const response = await fetch(url, {
      // With a compressed transfer, a range would not count the bytes of the file.
      headers: { ...headers, ...range, "accept-encoding": "identity" },
      signal: AbortSignal.any(stop ? [stop, stall.signal] : [stall.signal]),
    });
    if (response.status === 416 || this.#done && response.status === 200) await this.#startAgain();
    else if (response.status === 206) refuseOtherRange(response, this.#done, url);
    if (!response.ok) {
      await response.body?.cancel();
      const message =
        `Expected ${url} but the server answered ${response.status} ${response.statusText}`;
      if (response.status < 500 && response.status !== 416 && response.status !== 429) {
        throw new CircuitbookError(message);
      }
      throw new Error(message);
    }
    for await (const chunk of response.body ?? []) {
      throwIfStopped(this.options.signal);
      if (this.#done + chunk.length > size) {
        await this.#startAgain();
        throw new CircuitbookError(`Expected ${size} bytes from ${url} but found more; try again.`);
      }
      await naming("write", this.path, () => writeAll(this.handle, chunk));
      this.#count(chunk);
      stall.restart();
    }
  }

  #count(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#done += bytes.length;
    this.options.onBytes?.(this.#done);
  }

  async #startAgain(): Promise<void> {
    await this.handle.truncate(0);
    await this.handle.seek(0, Deno.SeekMode.Start);
    this.#done = 0;
    this.#hash = this.#startHash();
  }

  #startHash(): Hash {
    const { checksum, size } = this.file;
    if (checksum.kind === "sha256") return createHash("sha256");
    return createHash("sha1").update(`blob ${size}\0`);
  }
}

function refuseOtherRange(response: Response, start: number, url: string): void {
  const range = response.headers.get("content-range");
  if (!range?.startsWith(`bytes ${start}-`)) {
    throw new CircuitbookError(
      `Expected the bytes from ${start} of ${url} but found the range ${range}.`,
    );
  }
}

async function removeIfThere(path: string): Promise<void> {
  if (await fileSize(path) !== undefined) await Deno.remove(path);
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    stopSignal(signal)?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(
        new InterruptedError(
          "Interrupted: the download was stopped; another call goes on where it was.",
        ),
      );
    }, { once: true });
  });
}

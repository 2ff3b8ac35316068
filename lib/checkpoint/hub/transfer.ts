import { createHash, type Hash } from "node:crypto";
import { CircuitbookError, InterruptedError } from "../../base/errors.ts";
import { stopSignal, throwIfStopped } from "../../base/progress.ts";
import { fileSize } from "../files.ts";

/** A file to fetch, and what it must turn out to be. */
export interface RemoteFile {
  url: string;
  headers?: Readonly<Record<string, string>>;
  size: number;
  /** The SHA-256 of the content, or the SHA-1 that git gives to a blob of it. */
  checksum: { kind: "sha256" | "git-sha1"; hex: string };
}

/** How a download is watched. */
export interface DownloadOptions {
  signal?: AbortSignal;
  /** Told how many bytes of the file are there. */
  onBytes?: (done: number) => void;
  /** How often a transfer that brings nothing new is tried again. */
  retries?: number;
}

/**
 * Fetches a file to a path: resumed where an earlier transfer broke off, checked for size and checksum, then renamed
 * from `PATH.incomplete`. Two processes that want the same file take turns.
 *
 * @throws CircuitbookError when the server refuses, goes on breaking off, or sends another content.
 */
export async function download(
  file: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const partial = `${path}.incomplete`;
  using handle = await Deno.open(partial, { read: true, write: true, create: true });
  await handle.lock(true);
  if (await fileSize(path) !== undefined) return await removeIfThere(partial);
  const transfer = new Transfer(file, handle, options);
  await transfer.takeUp();
  await transfer.finish();
  const found = transfer.digest();
  if (found !== file.checksum.hex) {
    await removeIfThere(partial);
    throw new CircuitbookError(
      `Expected the ${file.checksum.kind} ${file.checksum.hex} for ${file.url} but found ${found}; ` +
        `the transfer was corrupted and is thrown away, try again.`,
    );
  }
  await handle.sync();
  await Deno.rename(partial, path);
}

class Transfer {
  #done = 0;
  #hash: Hash;

  constructor(
    readonly file: RemoteFile,
    readonly handle: Deno.FsFile,
    readonly options: DownloadOptions,
  ) {
    this.#hash = this.#startHash();
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Hashes what an earlier transfer left. */
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
      let problem: unknown = `the connection ended after ${before} of ${this.file.size} bytes`;
      try {
        await this.#fetchRest();
      } catch (error) {
        throwIfStopped(signal);
        if (error instanceof CircuitbookError) throw error;
        problem = error instanceof Error ? error.message : error;
      }
      if (this.#done >= this.file.size) return;
      failures = this.#done > before ? 0 : failures + 1;
      if (failures > retries) {
        throw new CircuitbookError(
          `Expected ${this.file.url} but the transfer fails: ${problem}; ` +
            `it goes on from ${this.#done} of ${this.file.size} bytes when tried again.`,
        );
      }
      if (failures > 1) await pause(1000 * 2 ** (failures - 2), signal);
    }
  }

  async #fetchRest(): Promise<void> {
    const { url, headers, size } = this.file;
    const range: Record<string, string> = this.#done ? { range: `bytes=${this.#done}-` } : {};
    const signal = stopSignal(this.options.signal);
    // Compressed on the way, a range would count other bytes than the file's.
    const response = await fetch(url, {
      headers: { ...headers, ...range, "accept-encoding": "identity" },
      signal,
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
      for (let at = 0; at < chunk.length;) at += await this.handle.write(chunk.subarray(at));
      this.#count(chunk);
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
          "Interrupted: the download was stopped; it goes on where it was when tried again.",
        ),
      );
    }, { once: true });
  });
}

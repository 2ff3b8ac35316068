import { CircuitbookError, messageOf } from "../base/errors.ts";

/** The most characters of a path that a message quotes. */
const QUOTED = 200;

/**
 * Returns the content of a text file, or undefined if there is no such file.
 *
 * @throws CircuitbookError if the file cannot be read.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError("read", path, error);
  }
}

/**
 * Returns the parsed content of a JSON file, or undefined if there is no such file.
 *
 * @throws CircuitbookError if the file cannot be read or is not JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!text) {
      throw new CircuitbookError(`Expected JSON in ${path} but found an empty file.`, {
        cause: error,
      });
    }
    const reason = messageOf(error).replace(/\s+/g, " ");
    throw new CircuitbookError(
      `Expected JSON in ${path} but found ${JSON.stringify(text.slice(0, 40))}: ${reason}.`,
      { cause: error },
    );
  }
}

/**
 * Returns what the file system knows of a file or folder, links followed, or undefined if there is
 * none.
 *
 * @throws CircuitbookError if the path cannot be followed: a name too long, links that form a loop.
 */
export async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError("look at", path, error);
  }
}

/**
 * Returns the size of a file in bytes, links followed, or undefined if there is no such file.
 *
 * @throws CircuitbookError if the path cannot be followed.
 */
export async function fileSize(path: string): Promise<number | undefined> {
  const info = await infoOf(path);
  return info?.isFile ? info.size : undefined;
}

/**
 * Writes a file whole or not at all: the content goes to a file beside it, which is then renamed.
 *
 * @throws CircuitbookError if the file cannot be written.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await writeAside(path, (file) => writeAll(file, bytes));
}

/**
 * Lets `write` fill a file beside `path`, and renames it to `path` once it is complete.
 *
 * @throws CircuitbookError if the file cannot be written; whatever `write` throws is passed on if
 * it is a CircuitbookError. `path` is then as it was.
 */
export async function writeAside(
  path: string,
  write: (file: Deno.FsFile) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}.partial`;
  try {
    using file = await Deno.open(aside, { write: true, createNew: true });
    await write(file);
    await file.sync();
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => undefined);
    throw fileError("write", path, error);
  }
}

/** Writes all bytes: one call of `write` may write a part of them. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/**
 * Runs a task that touches a file, and names the file if the task fails.
 *
 * @param action what is done to the file, for the message: "write".
 * @throws CircuitbookError if the task fails.
 */
export async function naming<T>(
  action: string,
  path: string,
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw fileError(action, path, error);
  }
}

/**
 * Returns the error for a file that an action failed on; errors of the library stay as they are.
 */
function fileError(action: string, path: string, error: unknown): CircuitbookError {
  if (error instanceof CircuitbookError) return error;
  const reason = messageOf(error);
  // Deno repeats the path in its message: `…: stat '/a/b'`.
  const told = reason.replace(/: \w+ '[^']*'( -> '[^']*')?$/s, "");
  return new CircuitbookError(
    `Expected to ${action} ${shortPath(path)} but could not: ${told.replace(/\.$/, "")}${
      adviceFor(error)
    }`,
    { cause: error },
  );
}

function adviceFor(error: unknown): string {
  if (error instanceof Deno.errors.FilesystemLoop) {
    return "; remove one of the links that form a loop.";
  }
  if (error instanceof Deno.errors.PermissionDenied || /Read-only/.test(String(error))) {
    return "; check the permissions of the file and of its folder.";
  }
  return ".";
}

/** Returns a path for a message, without its middle if it is long. */
export function shortPath(path: string): string {
  if (path.length <= QUOTED) return path;
  const half = QUOTED / 2 - 1;
  return `${path.slice(0, half)}…${path.slice(-half)} (${path.length} characters)`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

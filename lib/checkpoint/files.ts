import { CircuitbookError } from "../base/errors.ts";

/**
 * The content of a text file, or undefined when there is no such file.
 *
 * @throws CircuitbookError when it cannot be read.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CircuitbookError(
      `Expected to read ${path} but could not: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/**
 * The parsed content of a JSON file, or undefined when there is no such file.
 *
 * @throws CircuitbookError when it is no JSON.
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
    const reason = (error as Error).message.replace(/\s+/g, " ");
    throw new CircuitbookError(
      `Expected JSON in ${path} but found ${JSON.stringify(text.slice(0, 40))}: ${reason}.`,
      { cause: error },
    );
  }
}

/** The size of a file in bytes, symlinks followed, or undefined when there is no such file. */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

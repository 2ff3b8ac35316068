import { resolve } from "deno-std/path/mod.js";
import { CommandError } from "./repository.ts";

/**
 * Returns the whole path that a user means. `deno task` runs in the repository, but users mean
 * paths from the folder in which they typed.
 */
export function fromHere(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/**
 * Returns the whole path of a folder that a user has typed.
 *
 * @throws CommandError if there is no such folder.
 */
export async function folderFromHere(path: string): Promise<string> {
  const folder = fromHere(path);
  try {
    if ((await Deno.stat(folder)).isDirectory) return folder;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(
      `Expected a folder but found nothing at ${folder}; make it first: mkdir -p "${folder}"`,
    );
  }
  throw new CommandError(
    `Expected a folder but found the file ${folder}; give the folder that holds the file.`,
  );
}

import { dirname, join, relative } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { fileSize, naming, readText, writeWhole } from "../files.ts";
import { weightFiles } from "../weight_files.ts";

/**
 * Makes a link from the snapshot to the blob: relative, as other tools make it, or a copy if links
 * cannot be made.
 */
export async function linkToBlob(blob: string, link: string): Promise<void> {
  const aside = `${link}.${crypto.randomUUID()}`;
  await naming("write", link, async () => {
    await Deno.mkdir(dirname(link), { recursive: true });
    try {
      await Deno.symlink(relative(dirname(link), blob), aside);
    } catch (error) {
      // Windows allows links to administrators and developers only.
      if (!(error instanceof Deno.errors.PermissionDenied || Deno.build.os === "windows")) {
        throw error;
      }
      await Deno.copyFile(blob, aside);
    }
    await Deno.rename(aside, link);
  });
}

/** Writes the commit of a branch or tag into the cache. */
export async function writeRef(storage: string, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  const path = join(storage, "refs", revision);
  await naming("write", path, () => Deno.mkdir(dirname(path), { recursive: true }));
  await writeWhole(path, commit);
}

/**
 * Returns the folder of a revision's snapshot in the cache, or undefined if its configuration or
 * weights are not complete.
 */
export async function cachedSnapshot(
  storage: string,
  revision: string,
): Promise<string | undefined> {
  const commit = (await readText(join(storage, "refs", revision)))?.trim() ?? revision;
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const folder = join(storage, "snapshots", commit);
  if (await fileSize(join(folder, "config.json")) === undefined) return undefined;
  try {
    await weightFiles(folder);
    return folder;
  } catch (error) {
    if (error instanceof CircuitbookError) return undefined;
    throw error;
  }
}

import { createHash } from "node:crypto";
import { CircuitbookError, messageOf } from "../base/errors.ts";

/** The properties of a file by which a later change of the file is noticed. */
export interface FileStamp {
  /** The real path of the file: symbolic links are resolved. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The time of the last modification, in milliseconds since 1970; null if unknown. */
  readonly modified: number | null;
  /** The number of the file in its file system; null if unknown (Windows). */
  readonly inode: number | null;
}

/** Returns the stamp of a file from what the file system knows of the file. */
export function stampOf(path: string, { size, mtime, ino }: Deno.FileInfo): FileStamp {
  return { path, size, modified: mtime?.getTime() ?? null, inode: ino };
}

/**
 * Compares a file with its stamp. The comparison is synchronous, because it precedes every run and
 * takes only a few microseconds.
 *
 * @throws CircuitbookError if the file was replaced, rewritten, cut or deleted.
 */
export function verifyStamp(stamp: FileStamp): void {
  const change = changeSince(stamp);
  if (!change) return;
  throw new CircuitbookError(
    `Expected ${stamp.path} as it was when the model was opened but found that it was ${change}; ` +
      "put the file back or load the model again.",
  );
}

function changeSince(stamp: FileStamp): string | undefined {
  let now: FileStamp;
  try {
    now = stampOf(stamp.path, Deno.statSync(stamp.path));
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "deleted"
      : `made unreadable (${messageOf(error)})`;
  }
  if (now.inode !== stamp.inode) return "replaced by another file";
  if (now.size !== stamp.size) return `changed from ${stamp.size} to ${now.size} bytes`;
  return now.modified === stamp.modified ? undefined : "written to";
}

/**
 * Returns the SHA-256 of files in hexadecimal. For one file, the value is what `sha256sum` prints;
 * for several, it is the hash of their hashes.
 *
 * @throws CircuitbookError if a file has changed since its stamp, or changes while it is read.
 */
export async function hashFiles(stamps: readonly FileStamp[]): Promise<string> {
  const digests: string[] = [];
  for (const stamp of stamps) {
    const hash = createHash("sha256");
    using file = await Deno.open(stamp.path);
    const chunk = new Uint8Array(1 << 20);
    for (let count; (count = await file.read(chunk)) !== null;) {
      hash.update(chunk.subarray(0, count));
    }
    // The file may have been replaced or rewritten while it was read.
    verifyStamp(stamp);
    digests.push(hash.digest("hex"));
  }
  return digests.length === 1 ? digests[0] : hashOfHashes(digests);
}

/** Returns the SHA-256 of hashes, 32 bytes each. */
export function hashOfHashes(digests: readonly string[]): string {
  const all = createHash("sha256");
  for (const digest of digests) all.update(digest, "hex");
  return all.digest("hex");
}

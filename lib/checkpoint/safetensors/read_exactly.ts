import { CircuitbookError } from "../../base/errors.ts";

/**
 * Returns `length` bytes of an open file from `offset` on.
 *
 * @throws CircuitbookError if the file, called `path` in the message, ends before.
 */
export async function readExactly(
  handle: Deno.FsFile,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await handle.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = await handle.read(bytes.subarray(at));
    if (count === null) {
      throw new CircuitbookError(
        `Expected ${length} bytes at ${offset} of ${path} but found ${at}; the file is truncated.`,
      );
    }
    at += count;
  }
  return bytes;
}

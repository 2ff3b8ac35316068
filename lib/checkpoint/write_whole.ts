import { CircuitbookError } from "../base/errors.ts";

/** Writes a file whole or not at all: aside first, then renamed. @throws CircuitbookError when it cannot be written. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const aside = `${path}.${crypto.randomUUID()}.partial`;
  try {
    using file = await Deno.open(aside, { write: true, createNew: true });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => undefined);
    throw new CircuitbookError(
      `Expected to write ${path} but could not: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

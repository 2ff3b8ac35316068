/** Returns whether there is a file or folder at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

/** Throws an error again, unless the error says that there is no such file. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

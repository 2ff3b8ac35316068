import { createHash } from "node:crypto";
import { join } from "deno-std/path/mod.js";
import { readText } from "../checkpoint/files.ts";

/** The folder of the library. */
const LIBRARY: string | undefined = import.meta.dirname && join(import.meta.dirname, "..");

/** Rooms that compute nothing which a memo keeps: figures, notebooks and commands. */
const OUTSIDE = ["plot", "notebook", "commands", "memo"];

let known: Promise<string> | undefined;

/**
 * Returns the SHA-256 of the code that computes: the modules of the library, and the versions of
 * the packages. It is more than a version, because in a clone the code changes between versions.
 */
export function libraryDigest(): Promise<string> {
  return known ??= digest();
}

async function digest(): Promise<string> {
  const hash = createHash("sha256");
  if (LIBRARY === undefined) return "not in a folder";
  const { imports, version } = JSON.parse(await readText(join(LIBRARY, "../deno.json")) ?? "{}");
  hash.update(JSON.stringify({ imports, version, deno: Deno.version }));
  const rooms = await namesIn(LIBRARY);
  for (const room of rooms) {
    if (!OUTSIDE.includes(room)) await addModules(hash, join(LIBRARY, room));
  }
  return hash.digest("hex");
}

/** Adds the names and texts of all modules of a folder, or of one module, to a hash. */
async function addModules(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  const { isDirectory } = await Deno.stat(path);
  if (isDirectory) {
    for (const name of await namesIn(path)) await addModules(hash, join(path, name));
  } else if (/\.[jt]s$/.test(path)) {
    const text = await Deno.readFile(path);
    hash.update(`${path.slice(LIBRARY!.length)} ${text.length};`);
    hash.update(text);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

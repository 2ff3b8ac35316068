import { createHash } from "node:crypto";
import { dirname, join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../base/errors.ts";
import { readJson, writeWhole } from "./files.ts";
import { ownCacheFolder } from "./hub/cache_folder.ts";

/** What decides a result: the hash of the weights, seeds, sizes, the version of the method. */
export type KeptIdentity = Readonly<Record<string, string | number>>;

/** A stored result with the identity of the run that computed it. */
interface Kept {
  readonly identity: KeptIdentity;
  readonly date: string;
  readonly result: unknown;
}

/**
 * Returns a result that is computed once: the stored one if a run of the same identity has left it
 * in the cache, and otherwise the computed one, which is stored with its identity.
 *
 * This is for methods of the library that take minutes. A method's version in the identity decides
 * whether a stored result still holds, so that the result outlives other changes of the library,
 * and nothing is written to the cell. `memo` is for users' own functions: it computes anew whenever
 * any code of the library has changed, and says so under the cell.
 *
 * @param name the name of the result, such as "verification-heads".
 * @param identity what decides the result.
 * @param compute computes the result, as data that JSON can hold.
 * @param options `cacheFolder`: the Hugging Face cache, whose folder "circuitbook" holds results;
 * by default that of all Hugging Face tools.
 * @returns the result, and when it was computed (ISO 8601).
 */
export async function kept<T>(
  name: string,
  identity: KeptIdentity,
  compute: () => Promise<T>,
  { cacheFolder }: { cacheFolder?: string } = {},
): Promise<{ result: T; date: string }> {
  const key = createHash("sha256").update(JSON.stringify(sorted(identity))).digest("hex");
  const path = join(await ownCacheFolder(cacheFolder), name, `${key}.json`);
  const stored = await readJson(path) as Kept | undefined;
  if (stored !== undefined) return { result: stored.result as T, date: stored.date };
  const result = await compute();
  const date = new Date().toISOString();
  await store(path, { identity, date, result });
  return { result, date };
}

/** Stores a result; a cache that cannot be written costs time later, and changes no number. */
async function store(path: string, kept: Kept): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeWhole(path, JSON.stringify(kept, null, 1) + "\n");
  } catch (error) {
    if (!(error instanceof CircuitbookError || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
    console.warn(`The result is not kept: ${error.message}`);
  }
}

function sorted(identity: KeptIdentity): [string, string | number][] {
  return Object.entries(identity).sort(([a], [b]) => a < b ? -1 : 1);
}

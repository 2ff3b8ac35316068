import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson } from "../../checkpoint/files.ts";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

/**
 * The identity of a run: its recipe, seed and settings. A run is continued only with an equal
 * identity.
 */
export type RunIdentity = Readonly<Record<string, Json>>;

/** The file in a run's folder that holds the identity of the run. */
export const IDENTITY_FILE = "run.json";

/**
 * Returns the identity of the run in a folder; undefined if there is no run.
 *
 * @throws CircuitbookError if the file is not JSON.
 */
export async function runIdentity(path: string): Promise<RunIdentity | undefined> {
  return await readJson(join(path, IDENTITY_FILE)) as RunIdentity | undefined;
}

/**
 * Checks that the run in a folder is the run that is asked for.
 *
 * @param path the folder of the run.
 * @param older the identity of the run in the folder.
 * @param own the identity of the run that is asked for.
 * @throws CircuitbookError if the two differ; the message lists the differences.
 */
export function checkSame(path: string, older: RunIdentity, own: RunIdentity): void {
  const told = [...new Set([...Object.keys(older), ...Object.keys(own)])]
    .flatMap((key) => difference(key, older[key], own[key]));
  if (!told.length) return;
  throw new CircuitbookError(
    `Expected the run in ${path} to be the run that was asked for but found another one: there ${
      told.join(", ")
    }; continue it as it was begun, ` +
      "delete it, or name another --out.",
  );
}

/**
 * Returns how two values differ: `seed 0, not 4`, or `other phases` if the values are too long to
 * quote. Empty if they are equal.
 */
function difference(key: string, older: Json | undefined, own: Json | undefined): string[] {
  const [there, here] = [older, own].map((value) => JSON.stringify(value) ?? "nothing");
  if (there === here) return [];
  return [
    Math.max(there.length, here.length) > 60 ? `other ${key}` : `${key} ${there}, not ${here}`,
  ];
}

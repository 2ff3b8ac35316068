import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson } from "../../checkpoint/files.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

/** What is told apart: a run goes on only with the same. */
export type RunIdentity = Readonly<Record<string, Json>>;

/** The file in a run's folder that says what it is of. */
export const IDENTITY_FILE = "run.json";

/** What the run at a path is of; undefined where there is none. @throws CircuitbookError when the file is no JSON. */
export async function runIdentity(path: string): Promise<RunIdentity | undefined> {
  return await readJson(join(path, IDENTITY_FILE)) as RunIdentity | undefined;
}

/** @throws CircuitbookError when a run is of something else, saying what differs. */
export function checkSame(path: string, older: RunIdentity, own: RunIdentity): void {
  const told = [...new Set([...Object.keys(older), ...Object.keys(own)])]
    .flatMap((key) => difference(key, older[key], own[key]));
  if (!told.length) return;
  throw new CircuitbookError(
    `Expected the run that ${path} is of but found another: there ${
      told.join(", ")
    }; go on with it as it was begun, ` +
      "delete it, or name another --out.",
  );
}

/** `seed 0, not 4`; `other phases` where they are too long to tell; nothing where they are the same. */
function difference(key: string, older: Json | undefined, own: Json | undefined): string[] {
  const [there, here] = [older, own].map((value) => JSON.stringify(value) ?? "nothing");
  if (there === here) return [];
  return [
    Math.max(there.length, here.length) > 60 ? `other ${key}` : `${key} ${there}, not ${here}`,
  ];
}

import { dirname, join } from "deno-std/path/mod.js";
import { createHash } from "node:crypto";
import ts from "typescript";
import { infoOf, readText, writeWhole } from "../../../checkpoint/files.ts";

/** Circuitbook's own configuration, whose import map knows `circuitbook`. */
export const OWN_CONFIG: string = join(import.meta.dirname!, "../../../../deno.json");

/** Where the lock files for cells are, one for each lock file of a project. */
const LOCKS = join(dirname(OWN_CONFIG), ".venv/var/locks");

/**
 * Returns the configuration for the cells of a notebook: the `deno.json` of the notebook's folder or of the nearest
 * folder above, or Circuitbook's own.
 *
 * @param folder the notebook's folder.
 */
export async function configFor(folder: string): Promise<string> {
  for (let path = folder;; path = dirname(path)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      if (await infoOf(join(path, name))) return join(path, name);
    }
    if (dirname(path) === path) return OWN_CONFIG;
  }
}

/**
 * Returns the arguments with which `deno` evaluates the cells of a notebook. A copy of the lock file is used, because
 * a cell may import a package that the lock file of the project does not have, and must not change the project.
 *
 * @param folder the notebook's folder.
 */
export async function evaluatorArguments(folder: string): Promise<string[]> {
  const config = await configFor(folder);
  return [
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--frozen=false",
    `--config=${config}`,
    `--lock=${await lockFor(config)}`,
    join(import.meta.dirname!, "../evaluator/main.ts"),
    JSON.stringify(await importNames(config)),
  ];
}

/** Returns the lock file for the cells under a configuration: at first a copy of the project's. */
async function lockFor(config: string): Promise<string> {
  const text = await readText(join(dirname(config), "deno.lock"));
  const hash = createHash("sha256").update(config).update(text ?? "").digest("hex");
  const lock = join(LOCKS, `${hash.slice(0, 16)}.lock`);
  await Deno.mkdir(LOCKS, { recursive: true });
  if (text !== undefined && !await infoOf(lock)) await writeWhole(lock, text);
  return lock;
}

/** Returns the names that a configuration gives to modules. */
async function importNames(config: string): Promise<string[]> {
  const text = await Deno.readTextFile(config);
  // `deno.jsonc` has comments, which TypeScript's reader of configurations knows.
  const { imports } = ts.parseConfigFileTextToJson(config, text).config ?? {};
  return Object.keys(imports ?? {});
}

import { dirname, join } from "deno-std/path/mod.js";
import { infoOf } from "../../../checkpoint/files.ts";

/** Circuitbook's own configuration, whose import map knows `circuitbook`. */
const OWN_CONFIG = join(import.meta.dirname!, "../../../../deno.json");

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
 * @param scratch a folder for the copy.
 */
export async function evaluatorArguments(folder: string, scratch: string): Promise<string[]> {
  const config = await configFor(folder);
  const lock = join(scratch, "deno.lock");
  const projectLock = join(dirname(config), "deno.lock");
  if (await infoOf(projectLock)) await Deno.copyFile(projectLock, lock);
  return [
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--frozen=false",
    `--config=${config}`,
    `--lock=${lock}`,
    join(import.meta.dirname!, "../evaluator/main.ts"),
  ];
}

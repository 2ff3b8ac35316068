import { dirname, join } from "deno-std/path/mod.js";
import { createHash } from "node:crypto";
import { infoOf, readText, writeWhole } from "../../../checkpoint/files.ts";
import type { ModuleNames } from "../evaluator/modules.ts";
import { configurationFor, KEPT } from "./configuration.ts";

/** The folder of the lock files for cells, one for each lock file of a project. */
const LOCKS = join(KEPT, "locks");

/**
 * Returns the arguments with which `deno` evaluates the cells of a notebook. A copy of the lock
 * file is used, because a cell may import a package that the lock file of the project does not
 * have, and must not change the project.
 *
 * @param folder the notebook's folder.
 */
export async function evaluatorArguments(folder: string): Promise<string[]> {
  const { config, importMap, names, local } = await configurationFor(folder);
  return [
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--frozen=false",
    `--config=${config}`,
    ...importMap === undefined ? [] : [`--import-map=${importMap}`],
    `--lock=${await lockFor(config)}`,
    join(import.meta.dirname!, "../evaluator/main.ts"),
    JSON.stringify({ names, local } satisfies ModuleNames),
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

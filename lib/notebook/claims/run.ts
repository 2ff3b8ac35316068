import { dirname, fromFileUrl, join } from "deno-std/path/mod.js";
import { checkArguments, is } from "../../base/arguments.ts";
import type { Model } from "../../model/model.ts";
import { readText } from "../../checkpoint/files.ts";
import type { ClaimRun } from "./claim.ts";

/** The folder of `deno.json`. */
const ROOT = dirname(fromFileUrl(new URL("../../", import.meta.url)));

/**
 * Returns the facts about the run that every claim names: the model and the hash of its weights,
 * the element type, the commit of the repository, the date, and the seed. A ledger keeps it.
 *
 * @param model the model that is studied.
 * @param options `seed`: the seed that the notebook's draws start from. Default 1.
 * @returns the run.
 *
 * @example
 * ```ts
 * import { loadModel, notebook } from "circuitbook";
 * import { assertEquals, assertMatch } from "@std/assert";
 *
 * const run = await notebook.runOf(await loadModel("max-of-list"), { seed: 5 });
 * assertEquals([run.model, run.seed], ["max-of-list", 5]);
 * assertMatch(run.hash, /^[0-9a-f]{64}$/);
 * ```
 */
export async function runOf(
  model: Model,
  options: { seed?: number } = {},
): Promise<ClaimRun> {
  checkArguments("runOf", {
    model: [model, is.like("a model", "name", "checkpoint")],
    options: [options, is.object],
  });
  const { seed = 1 } = options;

  return {
    model: model.name,
    hash: await model.checkpoint.hash(),
    dtype: model.dtype,
    commit: await commitOf(),
    date: new Date().toISOString(),
    seed,
  };
}

/**
 * Returns the commit that is checked out, with `-dirty` if files differ from it; outside a
 * repository the version.
 */
export async function commitOf(): Promise<string> {
  try {
    const args = ["-C", ROOT, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"];
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    if (success) return new TextDecoder().decode(stdout).trim();
  } catch {
    // Neither a program named git nor the permission to run one is needed.
  }
  return `version ${await libraryVersion()}`;
}

/** Returns the version of Circuitbook that `deno.json` names. */
export async function libraryVersion(): Promise<string> {
  const { version = "unknown" } = JSON.parse(await readText(join(ROOT, "deno.json")) ?? "{}");
  return version;
}

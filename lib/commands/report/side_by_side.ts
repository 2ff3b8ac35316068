import { dirname, join } from "deno-std/path/mod.js";
import { availableMemory } from "../../model/engine/available_memory.ts";
import { root } from "../repository.ts";
import type { Arguments } from "./arguments.ts";

/** The memory that a notebook of the repository needs at most with its own models, in bytes. */
const NOTEBOOK_BYTES = 4e9;

/** How the notebooks of a report share the machine. */
export interface SideBySide {
  /** The number of notebooks that run at once. */
  readonly jobs: number;
  /** The number of threads of each. */
  readonly threads: number;
}

/** What a machine has. */
export interface Machine {
  readonly cores: number;
  /** The available memory in bytes. */
  readonly bytes: number;
}

/**
 * Returns how many notebooks run side by side, and with how many threads each. The operators of a
 * small model are too short to keep several cores busy, so notebooks of the repository with their
 * own models run side by side as far as cores and memory allow. Any other notebook, or a model that
 * was named, may be large: one runs after another, with all cores.
 *
 * @param args what the report was asked for; `jobs` decides if it is given.
 * @param machine the machine; by default, this one.
 */
export function sideBySide(
  { chosen, jobs, model, adapter, base }: Pick<
    Arguments,
    "chosen" | "jobs" | "model" | "adapter" | "base"
  >,
  { cores, bytes }: Machine = { cores: navigator.hardwareConcurrency, bytes: availableMemory() },
): SideBySide {
  const own = join(root, "notebooks");
  const areSmall = model === null && adapter === null && base === null &&
    chosen.every(({ path }) => dirname(path) === own);
  const allowed = areSmall ? Math.min(cores, Math.floor(bytes / NOTEBOOK_BYTES)) : 1;
  const atOnce = Math.max(1, Math.min(jobs ?? allowed, chosen.length));
  return { jobs: atOnce, threads: Math.max(1, Math.floor(cores / atOnce)) };
}

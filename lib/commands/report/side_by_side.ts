import { availableMemory } from "../../model/engine/available_memory.ts";
import { threadsAsked } from "../../model/engine/threads.ts";
import type { Arguments } from "./arguments.ts";

/**
 * The memory that is set aside for a notebook of the repository with its own models, in bytes: 03
 * takes 4 GB, the others less.
 */
const NOTEBOOK_BYTES = 4e9;

/** The most notebooks that run side by side unasked: they may share one GPU. */
const MOST = 4;

/** How the notebooks of a report share the machine. */
export interface SideBySide {
  /** The number of notebooks that run at once. */
  readonly jobs: number;
  /** The number of threads of each; undefined for a notebook that has all cores. */
  readonly threads: number | undefined;
}

/** What a machine has. */
export interface Machine {
  readonly cores: number;
  /** The available memory in bytes. */
  readonly bytes: number;
  /** The number of threads of a process, if the user has set it. */
  readonly threads: number | undefined;
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
  { cores, bytes, threads }: Machine = thisMachine(),
): SideBySide {
  const areSmall = model === null && adapter === null && base === null &&
    chosen.every(({ isOwn }) => isOwn);
  const fitting = Math.min(
    MOST,
    Math.floor(cores / (threads ?? 1)),
    Math.floor(bytes / NOTEBOOK_BYTES),
  );
  const atOnce = Math.max(1, Math.min(jobs ?? (areSmall ? fitting : 1), chosen.length));
  const share = atOnce === 1 ? undefined : Math.max(1, Math.floor(cores / atOnce));
  return { jobs: atOnce, threads: threads ?? share };
}

function thisMachine(): Machine {
  return {
    cores: navigator.hardwareConcurrency,
    bytes: availableMemory(),
    threads: threadsAsked(),
  };
}

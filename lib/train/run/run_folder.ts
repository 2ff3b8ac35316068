import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { naming, readJson, writeWhole } from "../../checkpoint/files.ts";
import { readSafetensorsHeader } from "../../checkpoint/safetensors/header.ts";
import type { TensorEntry } from "../../checkpoint/safetensors/stored_tensor.ts";
import { readWeight } from "../../checkpoint/safetensors/weight.ts";
import { checkSame, IDENTITY_FILE, type RunIdentity, runIdentity } from "./run_identity.ts";
import { type WritableTensor, writeSafetensors } from "../../checkpoint/safetensors/write.ts";

export type { Json, RunIdentity } from "./run_identity.ts";

/** A state that a run has kept. */
export interface KeptState {
  /** The path of the folder that holds the state. */
  readonly path: string;
  /** The step after which the state was kept. */
  readonly step: number;
  /** The state as it was given; numbers come back to the last bit. */
  readonly state: Readonly<Record<string, unknown>>;
  /**
   * Returns the tensors of the state.
   *
   * @returns the numbers by the name of the tensor, to the last bit.
   */
  tensors(): Promise<Map<string, Float32Array<ArrayBuffer>>>;
}

const STATE_FILE = "state.json";
const TENSOR_FILE = "tensors.safetensors";
const LOCK_FILE = "lock";
const KEPT_NAME = /^step-(\d+)$/;

/**
 * The folder of one training run. `run.json` says what the run trains, and `step-120/` holds the
 * last state. A state is written whole or not at all, and the older state is removed only
 * afterwards. A run that is killed at any moment can therefore continue from one of them. Only one
 * process at a time works on a run.
 *
 * @example
 * ```ts
 * import { RunFolder } from "./run_folder.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempDir();
 * {
 *   using run = await RunFolder.open(`${path}/run`, { recipe: "toy" }, { resume: false });
 *   await run.keep(7, { loss: 0.1 }, { weight: { data: new Float32Array([1, 2]), shape: [2] } });
 * }
 * using again = await RunFolder.open(`${path}/run`, { recipe: "toy" }, { resume: true });
 * const tensors = await again.kept?.tensors();
 * assertEquals([again.kept?.step, tensors?.get("weight")], [7, new Float32Array([1, 2])]);
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export class RunFolder implements Disposable {
  #kept?: KeptState;

  readonly #lock: Deno.FsFile;

  private constructor(readonly path: string, lock: Deno.FsFile, kept?: KeptState) {
    this.#lock = lock;
    this.#kept = kept;
  }

  /**
   * Opens the run at a path: a new run, or with `resume` the run that is there, if there is one.
   *
   * @param path the path of the run's folder.
   * @param identity what the run trains, and how. A run is resumed only with an equal identity.
   * @param options `resume`: whether to continue the run that is there.
   * @returns the opened run, which no other process can open until it is disposed.
   * @throws CircuitbookError if there is a run and `resume` is not set, if that run trains
   * something else, which the message names, if another process works on it, or if the folder
   * cannot be written to.
   */
  static async open(
    path: string,
    identity: RunIdentity,
    { resume }: { resume: boolean },
  ): Promise<RunFolder> {
    const older = await runIdentity(path);
    if (older && !resume) {
      throw new CircuitbookError(
        `Expected no run yet but found one in ${path}; continue it with --resume, delete it, ` +
          "or name another --out.",
      );
    }
    if (older) checkSame(path, older, identity);
    const lock = await locked(path);
    try {
      if (!older) await writeWhole(join(path, IDENTITY_FILE), JSON.stringify(identity));
      await removeLeftOvers(path);
      return new RunFolder(path, lock, await lastKept(path));
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** The last state that was kept; undefined if there is none. */
  get kept(): KeptState | undefined {
    return this.#kept;
  }

  /**
   * Keeps a state. Once this returns, the state outlives the process and the older state is gone.
   *
   * @param step how far the run is: greater than the step of the older state.
   * @param state anything that JSON can hold.
   * @param tensors f32 numbers and shapes, by the name of the tensor.
   * @throws CircuitbookError if the state cannot be written; the older state is then still there.
   */
  async keep(
    step: number,
    state: Readonly<Record<string, unknown>>,
    tensors: Readonly<Record<string, WritableTensor>>,
  ): Promise<void> {
    if (step === this.#kept?.step) return;
    const path = join(this.path, `step-${step}`);
    const aside = `${path}.partial`;
    try {
      await naming("write", path, async () => {
        await Deno.mkdir(aside);
        await writeSafetensors(join(aside, TENSOR_FILE), tensors);
        await writeWhole(join(aside, STATE_FILE), JSON.stringify({ step, state }));
        await Deno.rename(aside, path);
      });
    } catch (error) {
      // On a full disk, this makes room for the run that continues.
      await Deno.remove(aside, { recursive: true }).catch(() => undefined);
      throw error;
    }
    const before = this.#kept;
    this.#kept = keptAt(path, step, state);
    if (before) {
      await naming("write", before.path, () => Deno.remove(before.path, { recursive: true }));
    }
  }

  /** Releases the run for other processes; its files stay. */
  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

async function locked(path: string): Promise<Deno.FsFile> {
  const file = await naming("write", path, async () => {
    await Deno.mkdir(path, { recursive: true });
    return await Deno.open(join(path, LOCK_FILE), { read: true, write: true, create: true });
  });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new CircuitbookError(
    `Expected ${path} to be free but found that another process works on that run; wait for it, ` +
      "or name another --out.",
  );
}

/** Removes what was being written when a process ended, and all states but the last whole one. */
async function removeLeftOvers(path: string): Promise<void> {
  const last = await lastStep(path);
  for await (const { name } of Deno.readDir(path)) {
    const step = KEPT_NAME.exec(name)?.[1];
    const older = step !== undefined && Number(step) !== last;
    if (older || name.endsWith(".partial")) {
      await Deno.remove(join(path, name), { recursive: true });
    }
  }
}

async function lastStep(path: string): Promise<number | undefined> {
  const steps: number[] = [];
  for await (const { name } of Deno.readDir(path)) {
    const step = KEPT_NAME.exec(name)?.[1];
    if (step !== undefined) steps.push(Number(step));
  }
  return steps.length ? Math.max(...steps) : undefined;
}

async function lastKept(path: string): Promise<KeptState | undefined> {
  const step = await lastStep(path);
  if (step === undefined) return undefined;
  const folder = join(path, `step-${step}`);
  const content = await readJson(join(folder, STATE_FILE));
  if (!content) {
    throw new CircuitbookError(
      `Expected ${STATE_FILE} in ${folder} but found none; delete the run.`,
    );
  }
  return keptAt(folder, step, (content as { state: KeptState["state"] }).state);
}

function keptAt(path: string, step: number, state: KeptState["state"]): KeptState {
  return {
    path,
    step,
    state,
    async tensors() {
      const { tensors } = await readSafetensorsHeader(join(path, TENSOR_FILE));
      const read = [...tensors].map(async ([name, tensor]) =>
        [name, await readWeight(tensor as TensorEntry)] as const
      );
      return new Map(await Promise.all(read));
    },
  };
}

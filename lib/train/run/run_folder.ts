import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { naming, readJson, writeWhole } from "../../checkpoint/files.ts";
import { readSafetensorsHeader } from "../../checkpoint/safetensors/header.ts";
import type { TensorEntry } from "../../checkpoint/safetensors/stored_tensor.ts";
import { readWeight } from "../../checkpoint/safetensors/weight.ts";
import { checkSame, IDENTITY_FILE, type RunIdentity, runIdentity } from "./run_identity.ts";
import { type WritableTensor, writeSafetensors } from "../../checkpoint/safetensors/write.ts";

export type { Json, RunIdentity } from "./run_identity.ts";

/** A state that was kept, whole. */
export interface KeptState {
  readonly path: string;
  readonly step: number;
  /** As it was given: numbers come back to the last bit. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Its tensors by name, to the last bit. */
  tensors(): Promise<Map<string, Float32Array<ArrayBuffer>>>;
}

const STATE_FILE = "state.json";
const TENSOR_FILE = "tensors.safetensors";
const LOCK_FILE = "lock";
const KEPT_NAME = /^step-(\d+)$/;

/**
 * The folder of one training run: what it is of (`run.json`), and the last state that it kept (`step-120/`). A state is
 * there whole or not at all, and the one before it goes only afterwards: a kill at any moment leaves one to go on from.
 * One process at a time works on a run.
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
 * assertEquals([again.kept?.step, (await again.kept?.tensors())?.get("weight")], [7, new Float32Array([1, 2])]);
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
   * The run at a path: a new one, or with `resume` what is there (where there is nothing, a new one).
   *
   * @throws CircuitbookError when a run is there and `resume` is not set, when it is of something else (saying of what), when
   * another process works on it, or when the folder cannot be written to.
   */
  static async open(
    path: string,
    identity: RunIdentity,
    { resume }: { resume: boolean },
  ): Promise<RunFolder> {
    const older = await runIdentity(path);
    if (older && !resume) {
      throw new CircuitbookError(
        `Expected no run yet but found one in ${path}; go on with it by --resume, delete it, or name another --out.`,
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

  /** The last state that was kept. */
  get kept(): KeptState | undefined {
    return this.#kept;
  }

  /**
   * Keeps a state: once this returns, it outlives the process and its predecessor is gone.
   *
   * @param step how far the run is: greater than that of the state before.
   * @param state what JSON can hold.
   * @throws CircuitbookError when it cannot be written; the state before is still there.
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
      // Room for whoever goes on, on a full disk.
      await Deno.remove(aside, { recursive: true }).catch(() => undefined);
      throw error;
    }
    const before = this.#kept;
    this.#kept = keptAt(path, step, state);
    if (before) {
      await naming("write", before.path, () => Deno.remove(before.path, { recursive: true }));
    }
  }

  /** Lets go of the run, for other processes; its files stay. */
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
    `Expected ${path} to be free but found that another process works on that run.`,
  );
}

/** Removes what was being written when the process ended, and older states where the last is whole. */
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

import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import {
  type DoneGroup,
  groupLine,
  identityLine,
  parsePart,
  type SweepIdentity,
} from "./part_lines.ts";

/** The file beside a table in which an unfinished sweep keeps what is done; one process at a time works on it. */
export class PartFile implements Disposable {
  readonly #groups: DoneGroup[];

  readonly #file: Deno.FsFile;

  #removed = false;

  private constructor(
    readonly path: string,
    file: Deno.FsFile,
    groups: readonly DoneGroup[],
  ) {
    this.#file = file;

    this.#groups = [...groups];
  }

  /**
   * The file at a path: what an interrupted sweep left, or a new one.
   *
   * @param resume whether to go on with what is there.
   * @throws CircuitbookError when something is there and `resume` is not set, or it is of another sweep (saying in what), or
   * is another kind of file, or another process works on it.
   */
  static async open(path: string, identity: SweepIdentity, resume: boolean): Promise<PartFile> {
    const file = await openLocked(path);
    try {
      const older = parsePart(await Deno.readFile(path), path);
      const part = new PartFile(path, file, older.groups);
      if (part.prompts && !resume) throw unfinished(part);
      if (part.prompts) checkSame(path, older.identity!, identity);
      await file.truncate(part.prompts ? older.length : 0);
      await file.seek(0, Deno.SeekMode.End);
      if (!part.prompts) await part.#write(identityLine(identity));
      return part;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** What is done, in the order of the prompts. */
  get groups(): readonly DoneGroup[] {
    return this.#groups;
  }

  /** How many prompts are done. */
  get prompts(): number {
    return this.#groups.reduce((sum, { baselines }) => sum + baselines.length, 0);
  }

  /** Keeps a group: once this returns, it outlives the process. @throws CircuitbookError when it cannot be written. */
  async add(group: DoneGroup): Promise<void> {
    await this.#write(groupLine(group));
    this.#groups.push(group);
  }

  /** Removes the file: the table is written. */
  remove(): void {
    if (!this.#removed) Deno.removeSync(this.path);
    this.#removed = true;
  }

  /** Lets go of the file; it stays where it holds something. */
  [Symbol.dispose](): void {
    if (!this.#groups.length) this.remove();
    this.#file.close();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
      await this.#file.sync();
    } catch (error) {
      throw new CircuitbookError(
        `Expected to write ${this.path} but could not: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
}

async function openLocked(path: string): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (await file.tryLock(true)) return file;
    file.close();
  } catch (error) {
    throw new CircuitbookError(
      `Expected to write ${path} but could not: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  throw new CircuitbookError(
    `Expected ${path} to be free but found that another sweep works on it; name another --out.`,
  );
}

function unfinished({ path, prompts }: PartFile): CircuitbookError {
  const count = `${prompts} ${prompts === 1 ? "prompt" : "prompts"}`;
  return new CircuitbookError(
    `Expected a new sweep but found one of which ${count} are done in ${path}; go on with it by --resume, or delete it.`,
  );
}

function checkSame(path: string, older: SweepIdentity, own: SweepIdentity): void {
  const differences = [
    ...(older.weights === own.weights ? [] : [`the model ${named(older)}, not ${named(own)}`]),
    ...(older.heads === own.heads
      ? []
      : [`the heads ${shown(older.heads)}, not ${shown(own.heads)}`]),
    ...(older.prompts === own.prompts ? [] : ["other prompts"]),
  ];
  if (!differences.length) return;
  throw new CircuitbookError(
    `Expected the sweep that ${path} is of but found another: that one is of ${
      differences.join(" and of ")
    }; ` +
      "finish it as it was begun, delete it, or name another --out.",
  );
}

function named({ model, weights }: SweepIdentity): string {
  return `${model} (sha256 ${weights.slice(0, 12)}…)`;
}

import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { modelInWords } from "../shards/shard_file.ts";
import {
  type DoneGroup,
  groupLine,
  identityLine,
  parsePart,
  type SweepIdentity,
} from "./part_lines.ts";

/**
 * The file beside a table in which an unfinished sweep keeps its results. Only one process at a
 * time can open the file.
 */
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
   * Opens the file at a path: the file of an interrupted sweep, or a new file.
   *
   * @param identity the model, heads and prompts of the sweep.
   * @param resume whether to continue the interrupted sweep.
   * @throws CircuitbookError if an interrupted sweep is there and `resume` is not set, if that
   * sweep differs in its identity (the message says how), if the file is of another kind, or if
   * another process has opened it.
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

  /** The results so far, in the order of the prompts. */
  get groups(): readonly DoneGroup[] {
    return this.#groups;
  }

  /** How many prompts are done. */
  get prompts(): number {
    return this.#groups.reduce((sum, { baselines }) => sum + baselines.length, 0);
  }

  /**
   * Writes the results of a group of prompts. Once this returns, they outlive the process.
   *
   * @throws CircuitbookError if the file cannot be written.
   */
  async add(group: DoneGroup): Promise<void> {
    await this.#write(groupLine(group));
    this.#groups.push(group);
  }

  /** Removes the file. Call this when the table is written. */
  remove(): void {
    if (!this.#removed) Deno.removeSync(this.path);
    this.#removed = true;
  }

  /** Closes the file, and removes it if it holds no results. */
  [Symbol.dispose](): void {
    if (!this.#groups.length) this.remove();
    this.#file.close();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      // One call may write only a part of the bytes.
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
      // Without a sync, a power failure could lose results that were reported as kept.
      await this.#file.sync();
    } catch (error) {
      throw new CircuitbookError(
        `Expected to write ${this.path} but could not: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Opens a file that no other process may open. */
async function openLocked(path: string): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (await file.tryLock(true)) return file;
    file.close();
  } catch (error) {
    throw new CircuitbookError(
      `Expected to write ${path} but could not: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  throw new CircuitbookError(
    `Expected no other sweep to use ${path} but found one that is running; name another --out.`,
  );
}

function unfinished({ path, prompts }: PartFile): CircuitbookError {
  const count = `${prompts} ${prompts === 1 ? "prompt" : "prompts"}`;
  return new CircuitbookError(
    `Expected a new sweep but found ${path}, in which ${count} are done; continue that sweep with --resume, or delete the file.`,
  );
}

/** Checks that a sweep continues the sweep that wrote a file. */
function checkSame(path: string, older: SweepIdentity, own: SweepIdentity): void {
  const differences = [
    ...(older.weights === own.weights
      ? []
      : [`the model ${modelInWords(older)}, not ${modelInWords(own)}`]),
    ...(older.device === own.device ? [] : [`${older.device}, not ${own.device}`]),
    ...(older.dtype === own.dtype ? [] : [`${older.dtype}, not ${own.dtype}`]),
    ...(older.heads === own.heads
      ? []
      : [`the heads ${shown(older.heads)}, not ${shown(own.heads)}`]),
    ...(older.prompts === own.prompts ? [] : ["other prompts"]),
  ];
  if (!differences.length) return;
  throw new CircuitbookError(
    `Expected the sweep that ${path} belongs to but found another one: the file was begun with ${
      differences.join(" and ")
    }; ` +
      "finish that sweep with its own options, delete the file, or name another --out.",
  );
}

import { basename, join } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { differencesOf, mergedTable } from "../shards/merge.ts";
import type { TableOutput } from "../shards/output.ts";
import { MOST_SHARDS } from "../shards/shard.ts";
import { readShard } from "../shards/shard_file.ts";
import { writeTable } from "../../notebook/write_table.ts";

/** A shard that an engine runs. */
export interface ShardJob {
  /** Its index and the count of shards, such as `3/16`. */
  readonly name: string;
  /** The file that the shard's process writes. */
  readonly out: string;
}

/** The folder beside a table in which its shards are kept until they are merged. */
export class ShardsFolder {
  readonly path: string;
  readonly jobs: readonly ShardJob[];

  /**
   * @param out the table, such as `heads.parquet`; its shards lie in `heads.parquet.shards/`.
   * @param count how many shards there are.
   */
  constructor(readonly out: string, count: number) {
    this.path = `${out}.shards`;
    this.jobs = Array.from({ length: count }, (_, i) => ({
      name: `${i + 1}/${count}`,
      out: join(this.path, `${i + 1}-of-${count}.parquet`),
    }));
  }

  /**
   * Makes the folder. Finished shards that an earlier run left are kept if they belong to this
   * table.
   *
   * @param compute computes one shard in this process. An empty shard is computed to find out which
   * model, prompts and options the table has.
   * @throws CircuitbookError if the folder cannot be made, or if it holds shards of another count
   * or another table.
   */
  async make(compute: (output: TableOutput) => Promise<void>): Promise<void> {
    try {
      await Deno.mkdir(this.path, { recursive: true });
    } catch (error) {
      throw new CircuitbookError(
        `Expected to make the folder ${this.path} but could not: ${messageOf(error)}`,
        { cause: error },
      );
    }
    const own = new Set(this.jobs.map(({ out }) => basename(out)));
    for await (const { name } of Deno.readDir(this.path)) {
      if (!/^\d+-of-\d+\.parquet$/.test(name) || own.has(name)) continue;
      throw new CircuitbookError(
        `Expected shards of ${this.jobs.length} in ${this.path} but found ${name}; delete the folder, or set --shards to the count of the earlier run.`,
      );
    }
    const missing = new Set(await this.missing());
    const kept = this.jobs.filter((job) => !missing.has(job));
    if (kept.length) await this.#checkKept(kept, compute);
  }

  async #checkKept(
    kept: readonly ShardJob[],
    compute: (output: TableOutput) => Promise<void>,
  ): Promise<void> {
    // With so many shards, the first shard is empty or holds one prompt.
    const shard = { index: 1, count: MOST_SHARDS };
    const empty = { out: join(this.path, "empty.parquet"), shard };
    await compute(empty);
    const { identity } = await readShard(empty.out);
    await Deno.remove(empty.out);
    for (const { out } of kept) {
      const differences = differencesOf(identity, (await readShard(out)).identity);
      if (!differences.length) continue;
      throw new CircuitbookError(
        `Expected shards of this table in ${this.path} but found ${basename(out)} with ${
          differences.join(" and ")
        }; delete the folder.`,
      );
    }
  }

  /** Returns the shards that are not finished. */
  async missing(): Promise<ShardJob[]> {
    const there = await Promise.all(
      this.jobs.map(({ out }) => Deno.stat(out).then(() => true, () => false)),
    );
    return this.jobs.filter((_, i) => !there[i]);
  }

  /**
   * Writes the table that the shards make up, and removes the shards.
   *
   * @returns how many rows the table has.
   * @throws CircuitbookError if a shard is missing, or if it belongs to another table, because the
   * model or the prompts have changed since.
   */
  async merge(): Promise<number> {
    const table = await mergedTable(this.jobs.map(({ out }) => out));
    await writeTable(this.out, table);
    await Deno.remove(this.path, { recursive: true });
    return table.height;
  }
}

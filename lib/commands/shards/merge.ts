import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import { modelInWords, readShard, type ShardFile, type TableIdentity } from "./shard_file.ts";

/**
 * Returns the table that shards make up, with its rows in the order of the shards.
 *
 * @param paths the files of all shards of one table, in any order.
 * @throws CircuitbookError if a file is not a shard, if a shard is missing or given twice, or if it
 * belongs to another table.
 */
export async function mergedTable(paths: readonly string[]): Promise<pl.DataFrame> {
  const shards: ShardFile[] = [];
  for (const path of paths) shards.push(await readShard(path));
  const [first] = shards;
  if (!first) throw new CircuitbookError("Expected at least one shard to merge but found none.");
  for (const other of shards) checkSameTable(first, other);
  const inOrder = shards.toSorted((a, b) => a.shard.index - b.shard.index);
  checkComplete(inOrder);
  // Concatenated with a frame without rows, the columns would lose their types.
  const filled = inOrder.map(({ table }) => table).filter(({ height }) => height > 0);
  return filled.length ? pl.concat(filled) : first.table;
}

/** Checks that two shards are parts of one table. */
function checkSameTable(first: ShardFile, other: ShardFile): void {
  const differences = differencesOf(first.identity, other.identity);
  if (first.shard.count !== other.shard.count) {
    differences.push(`${other.shard.count} shards rather than ${first.shard.count}`);
  }
  if (!differences.length) return;
  throw new CircuitbookError(
    `Expected shards of one table but found ${other.path} with ${
      differences.join(" and ")
    }, unlike ${first.path}.`,
  );
}

/**
 * Returns a phrase for each difference between two identities; an empty list if both belong to one
 * table.
 */
export function differencesOf(first: TableIdentity, other: TableIdentity): string[] {
  const differences: string[] = [];
  if (first.task !== other.task) {
    differences.push(`the task ${other.task} rather than ${first.task}`);
  }
  if (first.weights !== other.weights) {
    differences.push(`the model ${modelInWords(other)}`);
  }
  if (first.device !== other.device) {
    differences.push(`${other.device} rather than ${first.device}`);
  }
  if (first.dtype !== other.dtype) differences.push(`${other.dtype} rather than ${first.dtype}`);
  if (first.prompts !== other.prompts) differences.push("other prompts");
  if (first.options !== other.options) differences.push(`the options ${other.options}`);
  return differences;
}

/** Checks that every shard of a table is there once. The shards are sorted by index. */
function checkComplete(shards: readonly ShardFile[]): void {
  const [{ shard: { count } }] = shards;
  for (const [i, { path, shard }] of shards.entries()) {
    if (shard.index !== shards[i - 1]?.shard.index) continue;
    throw new CircuitbookError(
      `Expected each shard once but found ${shard.index}/${count} in ${
        shards[i - 1].path
      } and in ${path}.`,
    );
  }
  const found = new Set(shards.map(({ shard }) => shard.index));
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((i) => !found.has(i));
  if (!missing.length) return;
  const names = missing.slice(0, 10).map((index) => `${index}/${count}`).join(", ");
  const others = missing.length > 10 ? ` and ${missing.length - 10} others` : "";
  throw new CircuitbookError(
    `Expected all ${count} shards but found none for ${names}${others}; run these shards, and merge again.`,
  );
}

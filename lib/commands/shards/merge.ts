import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import { readShard, type ShardFile, type TableIdentity } from "./shard_file.ts";

/**
 * Returns the table that some shards are parts of, in the order of the shards.
 *
 * @param paths the files of all shards of one table, in any order.
 * @throws CircuitbookError if a file is not a shard, a shard is missing or there twice, or belongs to another table.
 */
export async function mergedTable(paths: readonly string[]): Promise<pl.DataFrame> {
  const shards: ShardFile[] = [];
  for (const path of paths) shards.push(await readShard(path));
  const [first] = shards;
  if (!first) throw new CircuitbookError("Expected at least one shard to merge but found none.");
  for (const other of shards) checkSameTable(first, other);
  const inOrder = shards.toSorted((a, b) => a.shard.index - b.shard.index);
  checkComplete(inOrder);
  // A frame without rows would make the concatenation lose its columns' types.
  const filled = inOrder.map(({ table }) => table).filter(({ height }) => height > 0);
  return filled.length ? pl.concat(filled) : first.table;
}

function checkSameTable(first: ShardFile, other: ShardFile): void {
  const differences = differencesOf(first.identity, other.identity);
  if (first.shard.count !== other.shard.count) {
    differences.push(`${other.shard.count} shards rather than ${first.shard.count}`);
  }
  if (!differences.length) return;
  throw new CircuitbookError(
    `Expected shards of one table but found that ${other.path} is of ${
      differences.join(" and of ")
    }, unlike ${first.path}.`,
  );
}

/** Returns in what a table differs from another, a phrase for each difference; empty where both are parts of one table. */
export function differencesOf(first: TableIdentity, other: TableIdentity): string[] {
  const differences: string[] = [];
  if (first.task !== other.task) differences.push(`a ${other.task} rather than a ${first.task}`);
  if (first.weights !== other.weights) {
    differences.push(`the model ${other.model} (sha256 ${other.weights.slice(0, 12)}…)`);
  }
  if (first.prompts !== other.prompts) differences.push("other prompts");
  if (first.options !== other.options) differences.push(`the options ${other.options}`);
  return differences;
}

/** @param shards of one table, by index. */
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
    `Expected all ${count} shards but found none for ${names}${others}; run them, and merge again.`,
  );
}

import { CommandError } from "../repository.ts";

/**
 * One part of a list of work. Each part is a stretch of the list, and the parts together are the
 * list.
 */
export interface Shard {
  /** Counted from 1. */
  readonly index: number;
  /** How many shards there are. */
  readonly count: number;
}

/** The most shards of a table. Each shard is a file, and a task of an engine. */
export const MOST_SHARDS = 100_000;

/**
 * Returns the shard that a flag names, such as `3/16`.
 *
 * @throws CommandError if the text is not two whole numbers, if the index is not from 1 to the
 * count, or if the count is above {@link MOST_SHARDS}.
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= MOST_SHARDS) return shard;
  throw new CommandError(
    `Expected a shard from 1/N to N/N after --shard, such as 3/16, with N of at most ` +
      `${MOST_SHARDS}, but found "${text}".`,
  );
}

/**
 * Returns the members of a list that belong to a shard.
 *
 * The list is cut at multiples of `together`, so that members that are computed in one batch stay
 * in one shard. Floating-point sums depend on the shape of the batch, and the merged table must
 * equal the table of a single process bit for bit.
 *
 * @param list what is divided. Some shards are empty if there are more shards than batches.
 * @param together how many neighbours are computed in one batch.
 */
export function membersOf<T>(list: readonly T[], shard: Shard, together = 1): readonly T[] {
  const batches = Math.ceil(list.length / together);
  const end = (index: number) => Math.floor(batches * index / shard.count) * together;
  return list.slice(end(shard.index - 1), end(shard.index));
}

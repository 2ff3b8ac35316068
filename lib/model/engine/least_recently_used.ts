/** A kept value, and the number of calls that are using it. */
interface Kept<T> {
  readonly value: Promise<T>;
  users: number;
}

/**
 * Keeps a limited number of values by key. If there are too many, the value that was unused for the longest
 * time is disposed of. A value in use is never disposed of, so that more than the limit may be alive.
 */
export class LeastRecentlyUsed<T> {
  readonly #entries = new Map<string, Kept<T>>();

  readonly #capacity: number;
  readonly #dispose: (value: T) => Promise<void>;

  constructor(
    capacity: number,
    dispose: (value: T) => Promise<void>,
  ) {
    this.#capacity = capacity;
    this.#dispose = dispose;
  }

  /** Calls `work` with the value under a key and returns its result. A missing value is made first. */
  async use<Result>(
    key: string,
    make: () => Promise<T>,
    work: (value: T) => Promise<Result>,
  ): Promise<Result> {
    const kept = this.#entries.get(key) ?? this.#made(key, make);
    // A Map keeps the order of insertion: deleting and setting makes this entry the last used.
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    kept.users++;
    try {
      return await work(await kept.value);
    } finally {
      kept.users--;
      await this.#shrink(this.#capacity);
    }
  }

  /** Disposes of every value. */
  async clear(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    for (const { value } of all) await this.#dispose(await value);
  }

  /** Starts making a value. Calls that want it meanwhile share it; a value that fails to be made is forgotten. */
  #made(key: string, make: () => Promise<T>): Kept<T> {
    // Room is made first, so that two large values are not in memory at the same time.
    const value = this.#shrink(this.#capacity - 1).then(make);
    value.catch(() => this.#entries.delete(key));
    return { value, users: 0 };
  }

  /** Disposes of unused values, the longest unused first, until there are at most `limit`. */
  async #shrink(limit: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    const surplus = idle.slice(0, Math.max(0, this.#entries.size - limit));
    for (const [key] of surplus) this.#entries.delete(key);
    for (const [, { value }] of surplus) await this.#dispose(await value);
  }
}

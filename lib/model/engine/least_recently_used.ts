/** A kept value, and the number of calls that are using it. */
interface Kept<T> {
  readonly value: Promise<T>;
  users: number;
  /** The size of the value, in bytes, as it was after its last use. */
  bytes: number;
}

/** How much is kept. */
export interface KeptLimits {
  /** The largest number of values. */
  readonly count: number;
  /** The largest size of all values together, in bytes. One value may exceed the limit alone. */
  readonly bytes: number;
}

/**
 * Keeps a limited number of values by key, of a limited size. If there are too many, the value that
 * was unused for the longest time is disposed of. A value in use is never disposed of, so that more
 * than the limit may be alive.
 */
export class LeastRecentlyUsed<T> {
  readonly #entries = new Map<string, Kept<T>>();

  readonly #limits: KeptLimits;
  readonly #bytesOf: (value: T) => number;
  readonly #dispose: (value: T) => Promise<void>;

  /**
   * @param limits how much is kept.
   * @param bytesOf returns the size of a value, in bytes; it is asked after each use.
   * @param dispose frees a value.
   */
  constructor(
    limits: KeptLimits,
    bytesOf: (value: T) => number,
    dispose: (value: T) => Promise<void>,
  ) {
    this.#limits = limits;
    this.#bytesOf = bytesOf;
    this.#dispose = dispose;
  }

  /**
   * Calls `work` with the value under a key and returns its result. A missing value is made first.
   */
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
      const value = await kept.value;
      const result = await work(value);
      kept.bytes = this.#bytesOf(value);
      return result;
    } finally {
      kept.users--;
      await this.#shrink(this.#limits);
    }
  }

  /** Disposes of every value. */
  async clear(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    for (const { value } of all) await this.#dispose(await value);
  }

  /**
   * Starts making a value. Calls that want it meanwhile share it; a value that fails to be made is
   * forgotten.
   */
  #made(key: string, make: () => Promise<T>): Kept<T> {
    // Room is made first, for a value as large as the largest so far.
    const { count, bytes } = this.#limits;
    const largest = Math.max(0, ...[...this.#entries.values()].map((kept) => kept.bytes));
    const value = this.#shrink({ count: count - 1, bytes: bytes - largest }).then(make);
    value.catch(() => this.#entries.delete(key));
    return { value, users: 0, bytes: 0 };
  }

  /**
   * Disposes of unused values, the longest unused first, until the rest are few and small enough.
   */
  async #shrink(limits: KeptLimits): Promise<void> {
    let bytes = [...this.#entries.values()].reduce((sum, kept) => sum + kept.bytes, 0);
    let left = this.#entries.size;
    const surplus: Kept<T>[] = [];
    for (const [key, kept] of [...this.#entries]) {
      // One value alone may exceed the limit of bytes.
      if (left <= limits.count && (bytes <= limits.bytes || left === 1)) break;
      if (kept.users > 0) continue;
      this.#entries.delete(key);
      surplus.push(kept);
      bytes -= kept.bytes;
      left--;
    }
    for (const { value } of surplus) await this.#dispose(await value);
  }
}

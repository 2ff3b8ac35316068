interface Kept<T> {
  readonly value: Promise<T>;
  users: number;
}

/** Keeps the values used last. The one unused for longest goes when there are too many, and none while it is used. */
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

  /** Does work with the value under a key, which is made when it is not there. */
  async use<Result>(
    key: string,
    make: () => Promise<T>,
    work: (value: T) => Promise<Result>,
  ): Promise<Result> {
    const kept = this.#entries.get(key) ?? this.#made(key, make);
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

  /** Lets go of everything. */
  async clear(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    for (const { value } of all) await this.#dispose(await value);
  }

  /** Two calls that want the same value share it; one that could not be made is forgotten. */
  #made(key: string, make: () => Promise<T>): Kept<T> {
    const value = this.#shrink(this.#capacity - 1).then(make);
    value.catch(() => this.#entries.delete(key));
    return { value, users: 0 };
  }

  async #shrink(limit: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    const surplus = idle.slice(0, Math.max(0, this.#entries.size - limit));
    for (const [key] of surplus) this.#entries.delete(key);
    for (const [, { value }] of surplus) await this.#dispose(await value);
  }
}

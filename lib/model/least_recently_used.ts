/** Keeps the values used last, and lets go of the one unused for longest when there are too many. */
export class LeastRecentlyUsed<T> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly capacity: number, private readonly dispose: (value: T) => Promise<void>) {}

  /** The value under a key, made when it is not there. */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    const value = this.entries.get(key) ?? await make();
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.capacity) {
      const [oldest, unused] = this.entries.entries().next().value!;
      this.entries.delete(oldest);
      await this.dispose(unused);
    }
    return value;
  }

  /** Lets go of everything. */
  async clear(): Promise<void> {
    for (const value of this.entries.values()) await this.dispose(value);
    this.entries.clear();
  }
}

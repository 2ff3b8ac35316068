import type { LineColumn } from "./protocol.ts";

/** What cells wait for at their top level. */
export class Waits {
  /** The promises that cells wait for. */
  readonly #waiting = new Set<Promise<unknown>>();
  readonly #at: (place: LineColumn) => void;
  readonly #resume: () => void;

  /**
   * Starts with no cell that waits.
   *
   * @param at is called before a cell waits, with the place of the `await`.
   * @param resume is called after a cell has waited, and throws if the cell must not go on.
   */
  constructor(at: (place: LineColumn) => void, resume: () => void) {
    this.#at = at;
    this.#resume = resume;
  }

  /**
   * Returns what a cell awaits at its top level, and keeps the promise until it settles. If nothing
   * else holds a promise that never settles, V8 frees it with the waiting cell and tells the
   * inspector so in the middle of garbage collection, at which Deno (2.9) panics.
   *
   * @param value the promise, or any other value.
   * @param place the line and the column of the `await`, from 1; nothing for an `await` that the
   * cell does not write.
   */
  async awaited<T>(
    value: T | PromiseLike<T>,
    ...[line, column]: LineColumn | []
  ): Promise<T> {
    if (line !== undefined && column !== undefined) this.#at([line, column]);
    const promise = Promise.resolve(value);
    this.#waiting.add(promise);
    try {
      // The promise has this `await` as its only reaction: with a second one, V8 would not find the
      // cell that waits, and the traces of errors would not lead there.
      return await promise;
    } finally {
      this.#waiting.delete(promise);
      this.#resume();
    }
  }

  /**
   * Returns the values of a loop at the top level of a cell, whose promises are kept as {@link
   * Waits.awaited} keeps them.
   *
   * @param values what follows `for await (… of`.
   * @param place the line and the column of the loop, from 1.
   * @throws TypeError if the values cannot be looped over. V8 would name a variable of this
   * function.
   */
  awaitedEach<T>(
    values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
    ...place: LineColumn
  ): AsyncIterable<T> {
    const loopable = Object(values);
    if (!(Symbol.asyncIterator in loopable) && !(Symbol.iterator in loopable)) {
      throw new TypeError(`Expected values to loop over after "of" but found ${String(values)}.`);
    }
    const each = (async function* () {
      yield* values;
    })();
    const next = each.next.bind(each);
    return Object.assign(each, { next: () => this.awaited(next(), ...place) });
  }
}

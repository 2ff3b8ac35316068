/** The promises that cells wait for. */
const WAITING = new Set<Promise<unknown>>();

/**
 * Returns the promise that a cell awaits at its top level, and keeps the promise until it settles. If nothing else holds
 * a promise that never settles, V8 frees it with the waiting cell and tells the inspector so in the middle of garbage
 * collection, at which Deno (2.9) panics.
 *
 * @param value the promise, or any other value.
 */
export function awaited<T>(value: T | PromiseLike<T>): Promise<T> {
  const promise = Promise.resolve(value);
  WAITING.add(promise);
  const forget = () => WAITING.delete(promise);
  promise.then(forget, forget);
  return promise;
}

/**
 * Returns the values of a loop at the top level of a cell, whose promises are kept as {@link awaited} keeps them.
 *
 * @param values what follows `for await (… of`.
 * @throws TypeError if the values cannot be looped over. V8 would name a variable of this function.
 */
export function awaitedEach<T>(
  values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
): AsyncIterable<T> {
  const loopable = Object(values);
  if (!(Symbol.asyncIterator in loopable) && !(Symbol.iterator in loopable)) {
    throw new TypeError(`Expected values to loop over after "of" but found ${String(values)}.`);
  }
  const each = (async function* () {
    yield* values;
  })();
  const next = each.next.bind(each);
  return Object.assign(each, { next: () => awaited(next()) });
}

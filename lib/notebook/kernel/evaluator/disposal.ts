/**
 * The values that cells have declared with `using` at their top, which are disposed of when the
 * cell ends.
 */
export class Disposal {
  readonly #stacks = new Map<number, AsyncDisposableStack>();
  readonly #currentRun: () => number;

  /**
   * Starts without values.
   *
   * @param currentRun returns the run of a cell that code belongs to.
   */
  constructor(currentRun: () => number) {
    this.#currentRun = currentRun;
  }

  /**
   * Notes the value of `using`, and returns the value.
   *
   * @throws TypeError if the value has no method `[Symbol.dispose]`.
   */
  using<T>(value: T): T {
    const dispose = methodOf(value, [Symbol.dispose]);
    if (dispose) this.#stack().defer(() => void dispose.call(value));
    return value;
  }

  /**
   * Notes the value of `await using`, and returns the value.
   *
   * @throws TypeError if the value has neither a method `[Symbol.asyncDispose]` nor
   * `[Symbol.dispose]`.
   */
  awaitUsing<T>(value: T): T {
    const dispose = methodOf(value, [Symbol.asyncDispose, Symbol.dispose]);
    if (dispose) this.#stack().defer(async () => void await dispose.call(value));
    return value;
  }

  /**
   * Disposes of the values of a run, the latest first.
   *
   * @returns the error of a method, in an object; undefined if no method threw.
   */
  async end(run: number): Promise<{ thrown: unknown } | undefined> {
    const stack = this.#stacks.get(run);
    this.#stacks.delete(run);
    try {
      await stack?.disposeAsync();
      return undefined;
    } catch (thrown) {
      return { thrown };
    }
  }

  #stack(): AsyncDisposableStack {
    const run = this.#currentRun();
    const stack = this.#stacks.get(run) ?? new AsyncDisposableStack();
    this.#stacks.set(run, stack);
    return stack;
  }
}

/**
 * Returns the first of some methods that a value has; undefined for null and undefined, which need
 * no disposal.
 */
function methodOf(
  value: unknown,
  names: readonly symbol[],
): ((this: unknown) => unknown) | undefined {
  if (value === null || value === undefined) return undefined;
  for (const name of names) {
    const method = (value as Record<symbol, unknown>)[name];
    if (typeof method === "function") return method as (this: unknown) => unknown;
  }
  const listed = names.map(({ description }) => `[${description}]`).join(" or ");
  throw new TypeError(
    `Expected a value with a method ${listed} after "using" but found ${Deno.inspect(value)}.`,
  );
}

/** A promise that nobody seems to await. */
interface Lost {
  promise: PromiseLike<unknown>;
  /** The line of the call; undefined for the value of the cell. */
  line: number | undefined;
  /** The variable that holds the promise. */
  name?: string;
  /** Whether the cell reads a property of the variable. */
  isRead?: boolean;
}

/**
 * Finds promises that a cell neither awaits nor handles. An object with a method `then` is a
 * promise, too.
 */
export class Promises {
  readonly #quiet = new WeakSet<PromiseLike<unknown>>();
  #lost: Lost[] = [];

  /** Excludes a promise whose work is done. */
  quieten(promise: Promise<unknown>): void {
    this.#quiet.add(promise);
  }

  /** Returns whether a value is a promise whose work is done. */
  isQuiet(value: unknown): boolean {
    return isPromise(value) && this.#quiet.has(value);
  }

  /** Notes the value of a statement, and returns the value. */
  floating<T>(value: T, line: number): T {
    if (isPromise(value)) this.#lost.push({ promise: value, line });
    return value;
  }

  /** Notes the value of the cell. */
  shown(value: unknown): void {
    if (isPromise(value) && !this.#lost.some(({ promise }) => promise === value)) {
      this.#lost.push({ promise: value, line: undefined });
    }
  }

  /**
   * Notes the value of a variable, and returns the value. The cell does not use the variable again,
   * except to read properties.
   *
   * @param value the value.
   * @param name the variable.
   * @param line the line of the call.
   * @param isRead whether the cell reads a property of the variable.
   */
  held<T>(value: T, name: string, line: number, isRead: boolean): T {
    if (isPromise(value)) this.#lost.push({ promise: value, line, name, isRead });
    return value;
  }

  /**
   * Returns a warning for each promise that was noted since the last call.
   *
   * @param hasFailed whether the cell has failed. In a failed cell, a promise whose property is
   * read gets no warning, because the error itself names the promise.
   */
  warnings(hasFailed: boolean): string[] {
    const lost = this.#lost.filter(({ isRead }) => !(isRead && hasFailed));
    this.#lost = [];
    return lost.filter(({ promise }) => !this.#quiet.has(promise)).map(({ line, name }) => {
      if (line === undefined) return 'The value of this cell is a promise; add "await".';
      return name === undefined
        ? `Line ${line}: nobody awaits this promise; add "await" before the call.`
        : `Line ${line}: "${name}" is a promise, not its value; add "await" before the call.`;
    });
  }
}

/** Returns whether a value is a promise, or another object with a method `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value !== null && typeof value === "object" &&
    typeof (value as { then?: unknown }).then === "function";
}

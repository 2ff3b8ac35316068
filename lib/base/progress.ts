import { checkArguments, is } from "./arguments.ts";
import { InterruptedError } from "./errors.ts";

/**
 * One report of long work: `done` of `total` units, e.g.
 * `{ label: "generate", done: 12, total: 64, unit: "tokens" }`.
 */
export interface ProgressEvent {
  /** The name of the work, such as `generate`. */
  label: string;
  /** How many units are done. */
  done: number;
  /** How many units there are in all. */
  total: number;
  /** The plural name of the units, such as `tokens`. */
  unit: string;
  /** A further remark, such as the current loss. */
  note?: string;
  /** The share of the work that is done, from 0 to 1, if the units take unequal time. */
  share?: number;
}

/** A function that shows progress. `undefined` ends the bar of the innermost work. */
export type ProgressListener = (event: ProgressEvent | undefined) => void;

/**
 * The options of every long call: the signal that stops the work, and the listener for its
 * progress.
 */
export interface Watch {
  /** Stops the work: its next step throws an {@link InterruptedError}. */
  signal?: AbortSignal;
  /** Called after each step. Default: the listener that {@link setProgressListener} installed. */
  onProgress?: ProgressListener;
}

let defaultListener: ProgressListener = () => {};
let defaultSignal: () => AbortSignal | undefined = () => undefined;

/**
 * Installs the listener that shows the progress of calls which have no `onProgress` of their own.
 * Notebooks install a progress bar, commands a line in the terminal.
 *
 * @param listener the function that shows progress.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: number[] = [];
 * progress.setProgressListener((event) => event && seen.push(event.done));
 * for await (const _ of progress.watched(["a", "b"], { label: "letters", unit: "letters" }));
 * assertEquals(seen, [1, 2]);
 * ```
 */
export function setProgressListener(listener: ProgressListener): void {
  defaultListener = listener;
}

/**
 * Installs the signal that stops calls which have no `signal` of their own. In a notebook, the Stop
 * button aborts this signal.
 *
 * @param signal returns the current signal, or `undefined` if nothing can stop the work.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertThrows } from "@std/assert";
 *
 * progress.setDefaultSignal(() => AbortSignal.abort());
 * assertThrows(() => progress.throwIfStopped());
 * progress.setDefaultSignal(() => undefined);
 * ```
 */
export function setDefaultSignal(signal: () => AbortSignal | undefined): void {
  checkArguments("setDefaultSignal", { signal: [signal, is.callable] });
  defaultSignal = signal;
}

/**
 * Reports the progress of long work that does not go through a list of items.
 *
 * @param event the report; `undefined` ends the bar.
 * @param onProgress the listener. Default: the listener that {@link setProgressListener} installed.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let last = 0;
 * progress.reportProgress(
 *   { label: "read", done: 2, total: 4, unit: "files" },
 *   (event) => last = event?.done ?? 0,
 * );
 * assertEquals(last, 2);
 * ```
 */
export function reportProgress(
  event: ProgressEvent | undefined,
  onProgress: ProgressListener = defaultListener,
): void {
  checkArguments("reportProgress", {
    event: [event, is.optional(is.like("a progress event", "label", "done", "total"))],
    onProgress: [onProgress, is.callable],
  });

  onProgress(event);
}

/** What a signal must be. */
const aSignal = is.optional(is.like("an AbortSignal", "aborted"));

/**
 * Returns the signal that may stop long work.
 *
 * @param signal the signal of the call. Default: the signal that {@link setDefaultSignal}
 * installed.
 * @returns the signal, or `undefined` if nothing can stop the work.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { signal } = new AbortController();
 * assertEquals(progress.stopSignal(signal), signal);
 * ```
 */
export function stopSignal(
  signal: AbortSignal | undefined = defaultSignal(),
): AbortSignal | undefined {
  checkArguments("stopSignal", { signal: [signal, aSignal] });

  return signal;
}

/**
 * Throws an {@link InterruptedError} if the work was told to stop.
 *
 * @param signal the signal of the call. Default: the signal that {@link setDefaultSignal}
 * installed.
 * @throws InterruptedError if the signal is aborted.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertThrows } from "@std/assert";
 *
 * progress.throwIfStopped(new AbortController().signal);
 * assertThrows(() => progress.throwIfStopped(AbortSignal.abort()), Error, "Interrupted");
 * ```
 */
export function throwIfStopped(signal: AbortSignal | undefined = defaultSignal()): void {
  // Loops call this function at every step, so the full check is made only if it would fail.
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    checkArguments("throwIfStopped", { signal: [signal, aSignal] });
  }
  if (signal?.aborted) {
    throw new InterruptedError(
      "Interrupted: the run was stopped; the model and all variables are as before.",
    );
  }
}

/**
 * A counter for long work. It reports progress, stops the work when the user asks for it, and gives
 * the event loop a turn every 50 ms, because the event loop is where a Stop arrives.
 *
 * @example
 * ```ts
 * import { progress, type ProgressEvent } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: (ProgressEvent | undefined)[] = [];
 * const meter = new progress.Meter("read", 4, "files", {
 *   onProgress: (event) => seen.push(event),
 * });
 * await meter.advance(3);
 * meter.end();
 * assertEquals(seen, [{ label: "read", done: 3, total: 4, unit: "files" }, undefined]);
 * ```
 */
export class Meter {
  #done = 0;
  #reported = false;
  #lastTurn = performance.now();

  readonly #label: string;
  readonly #total: number;
  readonly #unit: string;
  readonly #watch: Watch;

  /**
   * Starts counting at zero.
   *
   * @param label the name of the work, such as `generate`.
   * @param total how many units there are.
   * @param unit the plural name of the units, such as `tokens`.
   * @param watch the signal that stops the work, and the listener for its progress.
   */
  constructor(
    label: string,
    total: number,
    unit: string,
    watch: Watch = {},
  ) {
    this.#label = label;
    this.#total = total;
    this.#unit = unit;
    this.#watch = watch;
  }

  /**
   * Reports that the work begins with nothing done, so that the remaining time can be estimated
   * from the first advance on.
   */
  begin(): void {
    this.#report({});
  }

  /**
   * Reports that more units are done.
   *
   * @param count how many more units.
   * @param note a remark to show beside the bar, such as the current loss.
   * @param share the share of the whole work that is done, from 0 to 1, if the units take unequal
   * time.
   * @throws InterruptedError if the work was told to stop.
   */
  async advance(count: number, note?: string, share?: number): Promise<void> {
    this.#done += count;
    this.#report({
      ...note === undefined ? {} : { note },
      ...share === undefined ? {} : { share },
    });
    if (performance.now() - this.#lastTurn > 50) {
      await turn();
      this.#lastTurn = performance.now();
    }
    throwIfStopped(this.#watch.signal);
  }

  /**
   * Ends the bar. Call this in a `finally` block, so that the bar also ends after an error. If the
   * work has reported nothing, it has no bar, and this call ends no other bar.
   */
  end(): void {
    if (this.#reported) this.#listener(undefined);
    this.#reported = false;
  }

  #report(more: Pick<ProgressEvent, "note" | "share">): void {
    this.#reported = true;
    this.#listener({
      label: this.#label,
      done: this.#done,
      total: this.#total,
      unit: this.#unit,
      ...more,
    });
  }

  get #listener(): ProgressListener {
    return this.#watch.onProgress ?? defaultListener;
  }
}

/**
 * Yields the items of a list, and reports progress after each item. The event loop gets a turn
 * every 50 ms, because the event loop is where a Stop arrives.
 *
 * @param items the items.
 * @param options the name of the work, the plural name of its units, the signal that stops the
 * work, and the listener for its progress.
 * @returns the items, one after the other.
 * @throws InterruptedError if the work was told to stop.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: number[] = [];
 * for await (const n of progress.watched([1, 2, 3], { label: "count", unit: "numbers" })) {
 *   seen.push(n);
 * }
 * assertEquals(seen, [1, 2, 3]);
 * ```
 */
export async function* watched<T>(
  items: readonly T[],
  options: Watch & { label: string; unit: string },
): AsyncGenerator<T> {
  checkArguments("watched", {
    items: [items, is.list],
    options: [options, is.like("an object", "label", "unit")],
  });
  const { label, unit, ...watch } = options;

  const meter = new Meter(label, items.length, unit, watch);
  try {
    throwIfStopped(watch.signal);
    for (const item of items) {
      yield item;
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
}

/**
 * Waits for one turn of the event loop, in which signals arrive and timers run.
 *
 * @returns when the turn is over.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let heard = false;
 * setTimeout(() => heard = true, 0);
 * await progress.turn();
 * assertEquals(heard, true);
 * ```
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

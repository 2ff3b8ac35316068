import { InterruptedError } from "./errors.ts";

/** One report of long work: `done` of `total` units, e.g. `{ label: "generate", done: 12, total: 64, unit: "tokens" }`. */
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
  /** The share of the work that is done, from 0 to 1, where the units take unequal time. */
  share?: number;
}

/** Draws progress; `undefined` ends the innermost bar. */
export type ProgressListener = (event: ProgressEvent | undefined) => void;

/** What long work needs from its surroundings: who is told how far it is, and who may stop it. */
export interface Watch {
  /** Stops the work between two steps with an {@link InterruptedError}. */
  signal?: AbortSignal;
  /** Told after each step; the default is what {@link setProgressListener} installed. */
  onProgress?: ProgressListener;
}

let defaultListener: ProgressListener = () => {};
let defaultSignal: () => AbortSignal | undefined = () => undefined;

/**
 * Installs what draws progress where a call names no listener of its own (a notebook's bar, a terminal's line).
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
 * Installs where a call that names no signal gets one (the notebook's Stop button).
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
  defaultSignal = signal;
}

/**
 * Tells a listener, or the installed one, how far long work is; for work that is no walk over items.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let last = 0;
 * progress.reportProgress({ label: "read", done: 2, total: 4, unit: "files" }, (event) => last = event?.done ?? 0);
 * assertEquals(last, 2);
 * ```
 */
export function reportProgress(
  event: ProgressEvent | undefined,
  onProgress: ProgressListener = defaultListener,
): void {
  onProgress(event);
}

/**
 * The signal that may stop long work: the given one, or else the installed one.
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
  return signal;
}

/**
 * Throws an {@link InterruptedError} when the work was told to stop.
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
  if (signal?.aborted) {
    throw new InterruptedError(
      "Interrupted: the run was stopped; the model and all variables are as before.",
    );
  }
}

/**
 * Counts the units of long work: reports each advance, hears a Stop, and gives the event loop a turn now and then.
 *
 * @example
 * ```ts
 * import { progress, type ProgressEvent } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: (ProgressEvent | undefined)[] = [];
 * const meter = new progress.Meter("read", 4, "files", { onProgress: (event) => seen.push(event) });
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

  /** Starts counting at zero: the name of the work, the number of units and their plural name. */
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
   * Reports that the work begins, with nothing done, so that the time that is left can be told from the
   * first advance on.
   */
  begin(): void {
    this.#report({});
  }

  /**
   * Reports that `count` more units are done.
   *
   * @param note what else there is to tell.
   * @param share the share of the whole work that is done, where the units take unequal time.
   * @throws InterruptedError when the work was told to stop.
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

  /** Ends the bar, however the work ended. Work that reported nothing has no bar, and ends no other. */
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
 * Walks over `items`, reporting progress and giving the event loop a turn now and then, so that a Stop is heard.
 *
 * @throws InterruptedError when the signal aborts.
 *
 * @example
 * ```ts
 * import { progress } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: number[] = [];
 * for await (const n of progress.watched([1, 2, 3], { label: "count", unit: "numbers" })) seen.push(n);
 * assertEquals(seen, [1, 2, 3]);
 * ```
 */
export async function* watched<T>(
  items: readonly T[],
  { label, unit, ...watch }: Watch & { label: string; unit: string },
): AsyncGenerator<T> {
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
 * One turn of the event loop, in which signals and timers are heard.
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

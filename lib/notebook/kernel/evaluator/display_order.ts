import { AsyncLocalStorage } from "node:async_hooks";

/** The promise that a display waits for: all earlier displays of its run. */
interface Turn {
  readonly earlier: Promise<unknown> | undefined;
}

/**
 * Keeps the displays of a run in the order of the calls, however long each of them takes to be
 * drawn. Displays that one drawing asks for have no order among themselves.
 */
export class DisplayOrder {
  /** For each run with displays on their way, a promise that settles when all of them have left. */
  readonly #left = new Map<number, Promise<unknown>>();
  /** The turn of the display that the current code draws. */
  readonly #drawing = new AsyncLocalStorage<Turn>();

  /** Returns whether displays of a run are on their way. */
  isBusy(run: number): boolean {
    return this.#left.has(run);
  }

  /**
   * Draws a display, and sends the drawing once the earlier displays of the run have left.
   *
   * @param run the run of a cell that asks for the display.
   * @param draw returns the drawing.
   * @param send sends the drawing.
   * @returns a promise that settles when the drawing has left, and rejects if the display cannot be
   * drawn.
   */
  add<T>(run: number, draw: () => Promise<T>, send: (drawn: T) => void): Promise<void> {
    // If a drawing asks for a display, the drawing may wait for this display. So the display takes
    // the turn of the drawing.
    const turn = this.#drawing.getStore() ?? { earlier: this.#left.get(run) };
    const drawn = this.#drawing.run(turn, draw);
    const sent = Promise.all([drawn, turn.earlier]).then(([value]) => send(value));
    const left = Promise.allSettled([this.#left.get(run), sent]).then(() => {
      if (this.#left.get(run) === left) this.#left.delete(run);
    });
    this.#left.set(run, left);
    // A promise of its own, so that an error that nobody awaits counts as unhandled.
    return sent.then();
  }

  /** Waits until the displays that a run has asked for by now have left. */
  async settled(run: number): Promise<void> {
    await this.#left.get(run);
  }
}

/**
 * Turns presses of a Stop button into aborted signals: work that is under way hears the press on the signal that it asked
 * for, and work that asks later gets a fresh one.
 */
export class StopButton {
  #controller = new AbortController();
  #working = false;

  /** The signal of the work under way. */
  signal(): AbortSignal {
    this.#working = true;
    return this.#controller.signal;
  }

  /** Stops the work under way; does nothing when no work has begun since the last cell ended. */
  press(): void {
    if (!this.#working) return;
    const { signal } = this.#controller;
    this.#controller.abort();
    // Whoever reads `aborted` has heard the press. The read may be one of several in the same turn, so the next turn resets.
    Object.defineProperty(signal, "aborted", {
      get: () => {
        setTimeout(() => this.#controller.signal === signal && this.reset());
        return true;
      },
    });
  }

  /** Tells that a cell ended: what was pressed and not heard is forgotten. */
  reset(): void {
    this.#working = false;
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  }
}

/**
 * Turns presses of a Stop button into aborted signals. Work under way learns of a press from the
 * signal that it asked for; work that asks later gets a fresh signal.
 */
export class StopButton {
  readonly #onNotice: () => void;
  #controller = new AbortController();

  /**
   * Makes a button.
   *
   * @param onNotice is called when work notices a press.
   */
  constructor(onNotice: () => void = () => {}) {
    this.#onNotice = onNotice;
  }

  /** Returns the signal for work that begins now. */
  signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the work under way. */
  press(): void {
    const { signal } = this.#controller;
    this.#controller.abort();
    // Work that reads `aborted` has noticed the press. The button is reset in the next turn of the
    // event loop, because several readers may read `aborted` in one turn.
    Object.defineProperty(signal, "aborted", {
      get: () => {
        this.#onNotice();
        setTimeout(() => this.#controller.signal === signal && this.reset());
        return true;
      },
    });
  }

  /** Forgets a press that no work noticed; called when a cell ends. */
  reset(): void {
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  }
}

import { StopButton } from "../stop.ts";
import { PRESSES, type SharedMemory } from "./shared.ts";

/** Milliseconds that a call has to notice Stop by itself; afterwards its cell is given up. */
const PATIENCE = 1000;

/** The error of a cell that Stop has ended. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/** What Stop does to the cell that runs. */
export class Stopping {
  readonly #numbers: Int32Array<SharedArrayBuffer>;
  readonly #button = new StopButton(() => this.#notice());
  /** The presses that were noticed. */
  #noticed = 0;
  #giveUp: ((reason: InterruptedError) => void) | undefined;

  /** Makes the Stop of a process. */
  constructor({ numbers }: SharedMemory) {
    this.#numbers = numbers;
  }

  /** Returns the signal for work of the library that begins now. */
  signal(): AbortSignal {
    return this.#button.signal();
  }

  /** Throws in a loop of a cell, if Stop was pressed since the cell began. */
  check(): void {
    if (Atomics.load(this.#numbers, PRESSES) === this.#noticed) return;
    this.#notice();
    throw stopped();
  }

  /** Begins a cell: returns a promise that rejects once the cell is given up. Earlier presses are forgotten. */
  begin(): Promise<never> {
    this.#notice();
    return new Promise((_, reject) => this.#giveUp = reject);
  }

  /** Ends a cell. */
  end(): void {
    this.#notice();
    this.#giveUp = undefined;
    this.#button.reset();
  }

  /** Is called in the main thread after a press: stops the library's work, or gives the cell up if nothing notices. */
  press(presses: number): void {
    if (presses <= this.#noticed || !this.#giveUp) return;
    this.#button.press();
    const giveUp = this.#giveUp;
    setTimeout(() => {
      if (this.#giveUp === giveUp && presses > this.#noticed) giveUp(stopped());
    }, PATIENCE);
  }

  #notice(): void {
    this.#noticed = Atomics.load(this.#numbers, PRESSES);
  }
}

/** Returns the error of a cell that Stop has ended. */
export function stopped(): InterruptedError {
  return new InterruptedError("Stopped; all variables are as they were.");
}

import { StopButton } from "../stop.ts";
import { PRESSES, type SharedMemory } from "./shared.ts";

/** Milliseconds that a call has to notice Stop by itself; afterwards its cell is given up. */
const PATIENCE = 1000;

/** The error of a cell that Stop has ended. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/** The cell that runs. */
interface Running {
  readonly run: number;
  /** The presses of Stop before the cell began. */
  readonly earlier: number;
  /** Ends the cell, even if it waits for something. */
  readonly giveUp: (reason: InterruptedError) => void;
}

/** The effect of Stop on the running cell, and on code that earlier cells left running. */
export class Stopping {
  readonly #numbers: Int32Array<SharedArrayBuffer>;
  readonly #currentRun: () => number;
  /** The buttons of the runs whose work has asked for a signal. */
  readonly #buttons = new Map<number, StopButton>();
  /** The runs that Stop has ended. Code that these runs left running must stop. */
  readonly #over = new Set<number>();
  /** The presses that were noticed. */
  #noticed = 0;
  #running: Running | undefined;

  /**
   * Makes the Stop of a process.
   *
   * @param memory where the thread of orders counts the presses.
   * @param currentRun returns the run of a cell that code belongs to.
   */
  constructor({ numbers }: SharedMemory, currentRun: () => number) {
    this.#numbers = numbers;
    this.#currentRun = currentRun;
  }

  /** Returns the signal for work of the library that begins now. */
  signal(): AbortSignal {
    const run = this.#currentRun();
    if (this.isOver(run)) return AbortSignal.abort();
    const notice = () => {
      if (run === this.#running?.run) this.#notice();
    };
    const button = this.#buttons.get(run) ?? new StopButton(notice);
    this.#buttons.set(run, button);
    return button.signal();
  }

  /**
   * Throws in a loop of a cell if Stop was pressed since the cell began, or has ended the cell.
   * While a cell runs, Stop does not end the loops that earlier cells have left running; while no
   * cell runs, Stop ends these loops.
   */
  check(): void {
    this.resume();
    if (this.#presses() === this.#noticed) return;
    if (this.#running && this.#running.run !== this.#currentRun()) return;
    if (this.#running) this.#notice();
    throw stopped();
  }

  /** Throws in code of a cell that Stop has ended. */
  resume(): void {
    if (this.#over.size > 0 && this.isOver(this.#currentRun())) throw stopped();
  }

  /** Returns whether Stop has ended a run. */
  isOver(run: number): boolean {
    return this.#over.has(run);
  }

  /**
   * Begins a cell: returns a promise that rejects once the cell is given up. Earlier presses are
   * forgotten.
   */
  begin(run: number): Promise<never> {
    this.#notice();
    for (const button of this.#buttons.values()) button.reset();
    const { promise, reject } = Promise.withResolvers<never>();
    this.#running = { run, earlier: this.#noticed, giveUp: reject };
    return promise;
  }

  /**
   * Ends the cell that runs.
   *
   * @param hasFailed whether the cell ends with an error. If Stop was pressed while the cell ran,
   * a cell with an error counts as ended by Stop.
   */
  end(hasFailed: boolean): void {
    this.#notice();
    const { run, earlier } = this.#running!;
    if (hasFailed && this.#noticed > earlier) this.#over.add(run);
    this.#running = undefined;
    this.#buttons.get(run)?.reset();
  }

  /**
   * Is called in the main thread after a press: stops the library's work, or gives the cell up if
   * nothing notices.
   */
  press(presses: number): void {
    if (presses <= this.#noticed) return;
    const running = this.#running;
    if (!running) {
      for (const button of this.#buttons.values()) button.press();
      return;
    }
    this.#buttons.get(running.run)?.press();
    setTimeout(() => {
      if (this.#running === running && presses > this.#noticed) running.giveUp(givenUp());
    }, PATIENCE);
  }

  #presses(): number {
    return Atomics.load(this.#numbers, PRESSES);
  }

  #notice(): void {
    this.#noticed = this.#presses();
  }
}

/** Returns the error of a cell that Stop has ended. */
export function stopped(): InterruptedError {
  return new InterruptedError("Stopped; all variables are as they were.");
}

/**
 * Returns the error of a cell that was given up, without the trace of the timer that gives the cell
 * up.
 */
function givenUp(): InterruptedError {
  const error = stopped();
  error.stack = String(error);
  return error;
}

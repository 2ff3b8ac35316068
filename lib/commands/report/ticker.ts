import type { ExecutionEvent } from "../../notebook/run/execute.ts";
import { say } from "../repository.ts";

/** How many seconds a cell may take before its progress is printed. */
const PATIENCE = 2;

/** A notebook that is running. */
interface Running {
  cell: number;
  /** When the cell began, in milliseconds. */
  began: number;
  /** The lines of the progress bars. */
  bars: readonly string[];
}

/**
 * Prints the progress of running notebooks whenever a cell takes more than two seconds: in a
 * terminal as one line that is written anew, elsewhere as a line for each notebook now and then.
 */
export class ReportTicker implements Disposable {
  readonly #running = new Map<string, Running>();
  readonly #rewrite = Deno.stdout.isTerminal();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Whether the last line is one of progress. */
  #told = false;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), this.#rewrite ? 500 : 10_000);
  }

  /** Receives an event of a running notebook. */
  hear(name: string, event: ExecutionEvent): void {
    if (event.event === "pace") {
      this.#print(`${name}: ${event.sentence}`);
    } else if (event.event === "cell") {
      this.#running.set(name, { cell: event.cell, began: performance.now(), bars: [] });
    } else {
      const running = this.#running.get(name);
      if (running) running.bars = event.bars;
    }
  }

  /** Prints how a notebook ended. */
  end(name: string, result: string): void {
    this.#running.delete(name);
    this.#print(`${name}: ${result}`);
  }

  /** Stops printing. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Prints a line that stays, in place of the line of progress. */
  #print(line: string): void {
    if (this.#told) this.#write("\r\x1b[K");
    this.#told = false;
    say(line);
  }

  #tick(): void {
    const lines = [...this.#running].flatMap(([name, running]) => lineOf(name, running) ?? []);
    if (lines.length === 0) return;
    if (!this.#rewrite) return lines.forEach(say);
    this.#told = true;
    const width = Math.floor((Deno.consoleSize().columns - 1) / lines.length);
    this.#write(`\r\x1b[K${lines.map((line) => fitted(line, width)).join("")}`);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

/** Returns a line about the cell that a notebook runs, if the cell takes long. */
function lineOf(name: string, { cell, began, bars }: Running): string | undefined {
  const seconds = (performance.now() - began) / 1000;
  if (seconds < PATIENCE) return undefined;
  return `${name}: cell ${cell + 1}, ${seconds.toFixed(0)} s ${bars.join(" | ")}`.trimEnd();
}

/** Returns a line cut, or filled with spaces, to a width. */
function fitted(line: string, width: number): string {
  return line.length > width - 2 ? `${line.slice(0, width - 3)}…  ` : line.padEnd(width);
}

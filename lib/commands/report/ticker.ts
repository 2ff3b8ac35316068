import type { ExecutionEvent } from "../../notebook/run/execute.ts";
import { say, tell } from "../repository.ts";

/** How many seconds a cell may take before its progress is printed. */
const PATIENCE = 2;

/** The fewest columns that tell something of a notebook's progress. */
const LEAST_COLUMNS = 36;

/** The width of a terminal that does not say its width. */
const USUAL_COLUMNS = 80;

/** A notebook that is running. */
interface Running {
  readonly name: string;
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
  readonly #running = new Set<Running>();
  readonly #rewrite = Deno.stdout.isTerminal();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Whether the last line is one of progress. */
  #told = false;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), this.#rewrite ? 500 : 10_000);
  }

  /**
   * Begins to tell a notebook's progress.
   *
   * @param name the name of the notebook.
   * @returns `hear`, which receives the events of the notebook, and `end`, which prints how the
   * notebook ended.
   */
  begin(name: string) {
    const running: Running = { name, cell: 0, began: performance.now(), bars: [] };
    this.#running.add(running);
    return {
      hear: (event: ExecutionEvent) => this.#hear(running, event),
      end: (result: string) => {
        this.#running.delete(running);
        this.#print(`${name}: ${result}`);
      },
    };
  }

  /** Prints a complaint on standard error. */
  complain(line: string): void {
    this.#clear();
    tell(line);
  }

  /** Stops printing. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Prints a line that stays. */
  #print(line: string): void {
    this.#clear();
    say(line);
  }

  /** Removes the line of progress. */
  #clear(): void {
    if (this.#told) this.#write("\r\x1b[K");
    this.#told = false;
  }

  #hear(running: Running, event: ExecutionEvent): void {
    if (event.event === "pace") {
      this.#print(`${running.name}: ${event.sentence}`);
    } else if (event.event === "cell") {
      Object.assign(running, { cell: event.cell, began: performance.now(), bars: [] });
    } else {
      running.bars = event.bars;
    }
  }

  #tick(): void {
    const lines = [...this.#running].flatMap((running) => lineOf(running) ?? []);
    if (lines.length === 0) return;
    if (!this.#rewrite) return lines.forEach(say);
    this.#told = true;
    this.#write(`\r\x1b[K${progressLine(lines, Deno.consoleSize().columns)}`);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

/** Returns a line about the cell that a notebook runs, if the cell takes long. */
function lineOf({ name, cell, began, bars }: Running): string | undefined {
  const seconds = (performance.now() - began) / 1000;
  if (seconds < PATIENCE) return undefined;
  return `${name}: cell ${cell + 1}, ${seconds.toFixed(0)} s ${bars.join(" | ")}`.trimEnd();
}

/**
 * Returns the progress of several notebooks as one line that a terminal does not wrap: as many
 * notebooks as there is room for, each cut to its share, and how many more are running.
 *
 * @param lines a line for each notebook.
 * @param columns the width of the terminal; 0 if unknown.
 */
export function progressLine(lines: readonly string[], columns: number): string {
  const room = (columns || USUAL_COLUMNS) - 1;
  const shown = Math.max(1, Math.min(lines.length, Math.floor(room / LEAST_COLUMNS)));
  const more = lines.length > shown ? ` +${lines.length - shown}` : "";
  const width = Math.max(1, Math.floor((room - more.length) / shown));
  const cells = lines.slice(0, shown).map((line) =>
    line.length < width ? line.padEnd(width) : `${line.slice(0, Math.max(0, width - 2))}… `
  );
  return `${cells.join("")}${more}`.slice(0, room);
}

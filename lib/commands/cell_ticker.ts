import type { ExecutionEvent } from "../notebook/run/execute.ts";
import { say } from "./repository.ts";

/** How many seconds a cell may take before its progress is printed. */
const PATIENCE = 2;

/** Prints the progress of a running notebook whenever a cell takes more than two seconds. */
export class CellTicker {
  #cell = 0;
  #cellBegan = performance.now();
  #bars: string[] = [];
  #told = false;
  readonly #rewrite = Deno.stdout.isTerminal();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(readonly name: string) {
    this.#timer = setInterval(() => this.#tick(), this.#rewrite ? 500 : 10_000);
  }

  /** Receives an event of the running notebook. */
  hear(event: ExecutionEvent): void {
    if (event.event === "pace") {
      this.#print(`${this.name}: ${event.sentence}`);
    } else if (event.event === "cell") {
      this.#cell = event.cell;
      this.#cellBegan = performance.now();
      this.#bars = [];
    } else {
      this.#bars = event.bars;
    }
  }

  /** Prints how the notebook ended, and stops printing progress. */
  end(result: string): void {
    clearInterval(this.#timer);
    this.#print(`${this.name}: ${result}`);
  }

  /** Prints a line that stays, in place of the line of progress. */
  #print(line: string): void {
    if (this.#rewrite && this.#told) this.#write("\r\x1b[K");
    say(line);
  }

  #tick(): void {
    const seconds = (performance.now() - this.#cellBegan) / 1000;
    if (seconds < PATIENCE) return;
    this.#told = true;
    const text = `${this.name}: cell ${this.#cell + 1}, ${seconds.toFixed(0)} s ${
      this.#bars.join(" | ")
    }`.trimEnd();
    if (this.#rewrite) this.#write(`\r\x1b[K${text}`);
    else say(text);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

import type { ExecutionEvent } from "../notebook/run/execute.ts";
import { say } from "./repository.ts";

/** Seconds after which a cell or a notebook is worth a word. */
const PATIENCE = 2;

/** Tells on the terminal how far a notebook is, once it or one of its cells has taken more than two seconds. */
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

  /** Takes in what the running notebook tells. */
  hear(event: ExecutionEvent): void {
    if (event.event === "cell") {
      this.#cell = event.cell;
      this.#cellBegan = performance.now();
      this.#bars = [];
    } else {
      this.#bars = event.bars;
    }
  }

  /** Ends the notebook's line with a last word. */
  end(result: string): void {
    clearInterval(this.#timer);
    if (this.#rewrite && this.#told) this.#write("\r\x1b[K");
    say(`${this.name}: ${result}`);
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

import { MARK_VARIABLE, type Order, type Report } from "../evaluator/protocol.ts";
import { type Piece, reportReader } from "./reports.ts";

/** The functions that receive the reports and the printed text of the evaluating process. */
export interface EvaluatorListener {
  /** The process sent a report. */
  hear(report: Report): void;
  /** Code that does not use `console` printed a text on standard output. */
  print(text: string): void;
  /** A burst of reports and texts is over. */
  pause(): void;
  /** The process ended; `lastWords` is what it printed last on standard error. */
  end(status: Deno.CommandStatus, lastWords: string): void;
}

/** Characters of standard error that are kept for a process that dies. */
const LAST_WORDS = 2000;

/** The process that evaluates cells. */
export class Evaluator {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  #lastWords = "";

  /**
   * Starts the process.
   *
   * @param args the arguments of `deno`.
   * @param listener receives the reports of the process.
   */
  constructor(args: readonly string[], listener: EvaluatorListener) {
    const token = crypto.randomUUID();
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args],
      env: { [MARK_VARIABLE]: token },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#orders = this.#process.stdin.getWriter();
    const both = [this.#read(reportReader(`\0${token}`), listener), this.#log()];
    Promise.all(both).then(async () =>
      listener.end(await this.#process.status, this.#lastWords.trim())
    );
  }

  /** Sends an order. */
  order(order: Order): void {
    const line = new TextEncoder().encode(JSON.stringify(order) + "\n");
    // If the process has ended, `end` reports it.
    this.#orders.write(line).catch(() => {});
  }

  /** Ends the process. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // has ended already
    }
  }

  async #read(read: (chunk: Uint8Array) => Piece[], listener: EvaluatorListener): Promise<void> {
    for await (const chunk of this.#process.stdout) {
      for (const piece of read(chunk)) {
        if ("text" in piece) listener.print(piece.text);
        else listener.hear(JSON.parse(piece.report));
      }
      listener.pause();
    }
  }

  /** Passes what native code prints on standard error to Jupyter's log, and keeps the end. */
  async #log(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    }
  }
}

import { MARK_VARIABLE, type Order, type Report } from "../evaluator/protocol.ts";
import { type Piece, reportReader } from "./reports.ts";

/** What is called with what the evaluating process tells and prints. */
export interface EvaluatorListener {
  /** The process told something. */
  hear(report: Report): void;
  /** Code that does not use `console` printed a text. */
  print(name: "stdout" | "stderr", text: string): void;
  /** A burst of reports and texts is over. */
  pause(): void;
  /** The process ended. */
  end(status: Deno.CommandStatus): void;
}

/** The process that evaluates cells. */
export class Evaluator {
  readonly #process: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #ends: (() => void)[] = [];
  #marks = 0;

  /**
   * Starts the process.
   *
   * @param args the arguments of `deno`.
   * @param listener hears what the process tells.
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
    const mark = `\0${token}`;
    const both = Promise.all([
      this.#read(this.#process.stdout, mark, "stdout", listener),
      this.#read(this.#process.stderr, mark, "stderr", listener),
    ]);
    both.then(async () => listener.end(await this.#process.status));
  }

  /** Sends an order. */
  order(order: Order): void {
    const line = new TextEncoder().encode(JSON.stringify(order) + "\n");
    // A process that has ended is told by `end`.
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

  /** Returns when all that was printed on standard error up to the next mark has been read. */
  standardErrorRead(): Promise<void> {
    if (this.#marks > 0) {
      this.#marks--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  async #read(
    stream: ReadableStream<Uint8Array>,
    mark: string,
    name: "stdout" | "stderr",
    listener: EvaluatorListener,
  ): Promise<void> {
    const read = reportReader(mark);
    for await (const chunk of stream) {
      for (const piece of read(chunk)) this.#pass(piece, name, listener);
      listener.pause();
    }
  }

  #pass(piece: Piece, name: "stdout" | "stderr", listener: EvaluatorListener): void {
    if ("text" in piece) listener.print(name, piece.text);
    else if (name === "stdout") listener.hear(JSON.parse(piece.report));
    else {
      const end = this.#ends.shift();
      if (end) end();
      else this.#marks++;
    }
  }
}

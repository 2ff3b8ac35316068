import type { Traces } from "../cell/traces.ts";
import type { Report } from "../evaluator/protocol.ts";
import type { Json } from "../wire/message.ts";
import type { Sockets } from "../wire/sockets.ts";

/** The cells whose late outputs still find their place. */
const KEPT_CELLS = 1000;

/**
 * Publishes the outputs of cells under the cells that they belong to, in the order in which they
 * come.
 */
export class Outputs {
  readonly #sockets: Sockets;
  readonly #traces: Traces;
  readonly #parents = new Map<number, { header: Json; silent: boolean }>();
  #pending: { run: number; name: string; texts: string[] } | undefined;

  /** Makes the outputs of a kernel. */
  constructor(sockets: Sockets, traces: Traces) {
    this.#sockets = sockets;
    this.#traces = traces;
  }

  /** Begins a run of a cell; the outputs of a silent run are dropped. */
  begin(run: number, header: Json, silent: boolean): void {
    this.#parents.set(run, { header, silent });
    this.#parents.delete(run - KEPT_CELLS);
  }

  /** Adds a report of the evaluating process. */
  add(report: Report, execution_count: number): void {
    if (report.type === "stream") return this.stream(report.run, report.name, report.text);
    this.flush();
    if (report.type === "message") {
      const { run, kind, content, metadata, buffers } = report;
      const bytes = buffers.map((text) => Uint8Array.fromBase64(text));
      this.#publish(run, kind, this.#readable(content), metadata, bytes);
    } else if (report.type === "result") {
      const { data, metadata = {} } = report.shown;
      const content = this.#readable({ data, metadata, execution_count });
      this.#publish(report.run, "execute_result", content);
    }
  }

  /** Adds a printed text. Texts that follow each other leave in one message. */
  stream(run: number, name: string, text: string): void {
    const pending = this.#pending;
    if (pending?.run === run && pending.name === name) {
      pending.texts.push(text);
      return;
    }
    this.flush();
    this.#pending = { run, name, texts: [text] };
  }

  /** Sends the printed texts that wait. */
  flush(): void {
    if (!this.#pending) return;
    const { run, name, texts } = this.#pending;
    this.#pending = undefined;
    this.#publish(run, "stream", { name, text: this.#traces.readable(texts.join("")) });
  }

  /**
   * Returns the content of a display with places in cells as written, since a value may be an error
   * with its trace.
   */
  #readable(content: Json): Json {
    const { data } = content as { data?: Json };
    const text = data?.["text/plain"];
    if (typeof text !== "string") return content;
    return { ...content, data: { ...data, "text/plain": this.#traces.readable(text) } };
  }

  #publish(
    run: number,
    type: string,
    content: Json,
    metadata?: Json,
    buffers?: Uint8Array[],
  ): void {
    const parent = this.#parents.get(run);
    if (parent?.silent) return;
    this.#sockets.publish({ type, content, parent: parent?.header, metadata, buffers });
  }
}

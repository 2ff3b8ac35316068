import { nearestNames } from "../../../base/errors.ts";
import { compileCell, completeness } from "../cell/compile.ts";
import { promiseAdvice } from "../cell/lost_promises.ts";
import { CellSyntaxError, type Place } from "../cell/source_error.ts";
import { Traces } from "../cell/traces.ts";
import { cellUrl, type Report, type RuntimeNames, type Trouble } from "../evaluator/protocol.ts";
import { Help } from "../language/help.ts";
import type { Json, Message } from "../wire/message.ts";
import type { Channel, Sockets } from "../wire/sockets.ts";
import { Evaluator, type EvaluatorListener } from "./evaluator.ts";
import { History } from "./history.ts";
import { kernelInfo } from "./info.ts";
import { Outputs } from "./outputs.ts";
import { wasSentBefore } from "./sent_before.ts";

/** Milliseconds after Stop in which a cell should have ended. */
const STOP_TIME = 5000;

/** Milliseconds in which the evaluating process names what its variables know. */
const NAMES_TIME = 500;

/** The cell that the kernel is to run. */
interface ExecuteContent {
  code: string;
  silent?: boolean;
  store_history?: boolean;
  allow_stdin?: boolean;
  stop_on_error?: boolean;
}

/** An error of a cell as Jupyter shows it. */
interface Failure extends Json {
  ename: string;
  evalue: string;
  traceback: string[];
  /** The line of the cell that failed, from 1. */
  line?: number;
  /** The column of the line, from 1. */
  column?: number;
}

/** A request that waits for its turn, with the moment at which it arrived. */
interface Waiting {
  message: Message;
  arrived: number;
}

/** Circuitbook's Jupyter kernel: answers the requests of one connection. */
export class Kernel implements EvaluatorListener {
  readonly #sockets: Sockets;
  readonly #outputs: Outputs;
  readonly #evaluator: Evaluator;
  readonly #onEnd: (code: number) => void;
  readonly #traces = new Traces();
  readonly #help: Help;
  readonly #history = new History();
  /** Settles the questions for names that wait, by their numbers. */
  readonly #asked = new Map<number, (names: RuntimeNames) => void>();
  #questions = 0;
  /** The code with which a cell has ended the evaluating process. */
  #exitCode: number | undefined;
  readonly #queue: Waiting[] = [];
  /** The cells that ran, silent ones included. */
  #runs = 0;
  /** The number beside the latest cell. */
  #count = 0;
  #running: Message | undefined;
  /** Settles the run of the current cell. */
  #finish: ((trouble: Trouble | undefined) => void) | undefined;
  /**
   * The request that failed last, and when its reply left; cells that were sent before that are
   * aborted.
   */
  #failed: { request: Waiting; replied: number } | undefined;

  /**
   * Makes a kernel.
   *
   * @param sockets where requests arrive.
   * @param evaluatorArguments the arguments with which `deno` evaluates cells.
   * @param onEnd is called with an exit code when the kernel has come to its end.
   */
  constructor(
    sockets: Sockets,
    evaluatorArguments: readonly string[],
    onEnd: (code: number) => void,
  ) {
    this.#sockets = sockets;
    this.#outputs = new Outputs(sockets, this.#traces);
    this.#onEnd = onEnd;
    this.#evaluator = new Evaluator(evaluatorArguments, this);
    this.#help = new Help(Deno.cwd(), () => this.#runtimeNames());
  }

  /** Answers requests from now on. */
  start(): void {
    this.#sockets.publish({ type: "status", content: { execution_state: "starting" } });
    this.#sockets.listen((channel, message) => this.#receive(channel, message));
  }

  /** Stops the running cell. */
  interrupt(): void {
    this.#evaluator.order({ type: "interrupt" });
    const run = this.#runs;
    setTimeout(() => {
      if (!this.#finish || this.#runs !== run) return;
      this.#outputs.stream(
        run,
        "stderr",
        "Stop waits for a call that cannot be interrupted; restart the kernel to end the call.\n",
      );
      this.#outputs.flush();
    }, STOP_TIME);
  }

  /** Ends the processes that the kernel has started. */
  async kill(): Promise<void> {
    this.#evaluator.kill();
    await this.#help.end();
  }

  hear(report: Report): void {
    if (report.type === "done") {
      const { run, error } = report;
      if (run === this.#runs) this.#finish?.(error);
    } else if (report.type === "exit") {
      this.#exitCode = report.code;
    } else if (report.type === "names") {
      this.#asked.get(report.id)?.(report.names);
    } else if (report.type === "input") {
      this.#outputs.flush();
      const { prompt, password } = report;
      this.#sockets.send("stdin", {
        type: "input_request",
        content: { prompt, password },
        parent: this.#running?.header,
        addresses: this.#running?.addresses,
      });
    } else {
      this.#outputs.add(report, this.#count);
    }
  }

  print(text: string): void {
    this.#outputs.stream(this.#runs, "stdout", text);
  }

  pause(): void {
    this.#outputs.flush();
  }

  end({ code, signal }: Deno.CommandStatus, lastWords: string): void {
    const how = this.#exitCode !== undefined
      ? `ended with exit code ${this.#exitCode}`
      : signal
      ? `was ended by ${signal}${signal === "SIGKILL" ? ", perhaps for want of memory" : ""}`
      : `ended with exit code ${code}`;
    const message = `The process that runs the cells ${how}; all variables are gone.`;
    const text = `DeadKernelError: ${message}\n${lastWords}`.trim();
    this.#finish?.({ name: "DeadKernelError", message, text });
    // The reply to the cell leaves first.
    setTimeout(() => this.#onEnd(code || 1));
  }

  #receive(channel: Channel, message: Message): void {
    const { msg_type } = message.header;
    if (channel === "stdin") {
      if (msg_type === "input_reply") {
        this.#evaluator.order({ type: "input", value: String(message.content.value) });
      }
    } else if (msg_type === "execute_request") {
      this.#queue.push({ message, arrived: Date.now() });
      if (this.#queue.length === 1) this.#work();
    } else {
      this.#answer(channel, message);
    }
  }

  /** Runs the cells that wait, one after the other. */
  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#execute(this.#queue[0]);
      this.#queue.shift();
    }
  }

  async #execute(waiting: Waiting): Promise<void> {
    const { message } = waiting;
    const { addresses, header } = message;
    const { silent = false, stop_on_error = true, store_history = !silent, ...content } = message
      .content as unknown as ExecuteContent;
    this.#status(message, "busy");
    const reply = (content: Json) => {
      this.#sockets.send("shell", { type: "execute_reply", content, parent: header, addresses });
      this.#status(message, "idle");
    };
    if (this.#isAborted(waiting)) {
      return reply({ status: "aborted" });
    }
    if (store_history) this.#history.add(++this.#count, content.code);
    const execution_count = this.#count;
    if (!silent) {
      const input = { code: content.code, execution_count };
      this.#sockets.publish({ type: "execute_input", content: input, parent: header });
    }
    this.#running = message;
    const failure = await this.#run(content, message, silent);
    this.#running = undefined;
    if (!failure) {
      return reply({ status: "ok", execution_count, user_expressions: {}, payload: [] });
    }
    const { ename, evalue, traceback } = failure;
    if (!silent) {
      const error = { ename, evalue, traceback };
      this.#sockets.publish({ type: "error", content: error, parent: header });
    }
    reply({ status: "error", execution_count, ...failure });
    if (stop_on_error) this.#failed = { request: waiting, replied: Date.now() };
  }

  /** Runs a cell, and returns its failure once all of its output has been sent. */
  async #run(
    { code, allow_stdin = false }: ExecuteContent,
    message: Message,
    silent: boolean,
  ): Promise<Failure | undefined> {
    const run = ++this.#runs;
    if (code.trim() === "") return undefined;
    try {
      const compiled = compileCell(code, cellUrl(run));
      this.#traces.add(run, {
        count: silent ? undefined : this.#count,
        source: code,
        map: compiled.map,
      });
      this.#outputs.begin(run, message.header, silent);
      if (!silent) this.#help.add(cellOf(message) ?? `run ${run}`, code);
      const trouble = await new Promise<Trouble | undefined>((resolve) => {
        this.#finish = resolve;
        this.#evaluator.order({ type: "execute", run, code: compiled.code, stdin: allow_stdin });
      });
      this.#finish = undefined;
      this.#outputs.flush();
      return trouble && this.#failureOf(run, trouble);
    } catch (error) {
      if (!(error instanceof CellSyntaxError)) throw error;
      this.#traces.add(run, { source: code, map: EMPTY_MAP });
      return this.#failure(run, error.name, error.message, error.place);
    }
  }

  #failureOf(run: number, { name, message, text, ...rest }: Trouble): Failure {
    const { misspelt, place, compiledPlace, promises = [] } = rest;
    const lines = this.#traces.readable(text).split("\n");
    const head = lines.splice(0, message.split("\n").length);
    if (misspelt) {
      const nearest = nearestNames(misspelt.name, misspelt.candidates).join(", ");
      message += nearest === "" ? "." : `; the nearest are ${nearest}.`;
    }
    if (compiledPlace) {
      return this.#failure(run, name, message, this.#traces.placeIn(run, compiledPlace));
    }
    const places = this.#traces.placesOf(run, text);
    for (const promise of this.#traces.lostPromises(run, places, promises)) {
      const advice = `; ${promiseAdvice(promise)}.`;
      message = message.replace(/\.?$/, advice);
      head[head.length - 1] = head.at(-1)!.replace(/\.?$/, advice);
    }
    if (place) {
      const [line, column] = place;
      const own = misspelt && lines.length === 0 ? undefined : head;
      // The trace does not lead to the cell.
      const frames = [...lines, frameOf({ line, column })];
      return this.#failure(run, name, message, { line, column }, own, frames);
    }
    return this.#failure(run, name, message, places.at(-1), head, lines);
  }

  /** Returns a failure: what went wrong, the line with a caret, and the trace. */
  #failure(
    run: number,
    ename: string,
    evalue: string,
    place: Place | undefined,
    head: string[] = [`${ename}: ${evalue}`],
    frames: string[] = [],
  ): Failure {
    const caret = place ? this.#traces.caret(run, place) : [];
    const at = place && frames.length === 0 ? [frameOf(place)] : [];
    return { ename, evalue, traceback: [...head, ...caret, ...frames, ...at], ...place };
  }

  #isAborted({ message, arrived }: Waiting): boolean {
    if (!this.#failed) return false;
    const { request, replied } = this.#failed;
    return arrived < replied || wasSentBefore(message.header, request, replied);
  }

  async #answer(channel: Channel, message: Message): Promise<void> {
    const { header, addresses, content } = message;
    // Help may take a while; the kernel is not busy meanwhile.
    const answer = await this.#contentOf(header.msg_type, content, cellOf(message));
    this.#status(message, "busy");
    if (answer) {
      const type = header.msg_type.replace(/_request$/, "_reply");
      this.#sockets.send(channel, { type, content: answer, parent: header, addresses });
    }
    this.#status(message, "idle");
    // JupyterLab shows the state that it heard last.
    if (this.#running) this.#status(this.#running, "busy");
    if (header.msg_type === "shutdown_request") {
      this.#sockets.publish({ type: "shutdown_reply", content: answer!, parent: header });
      this.#onEnd(0);
    }
  }

  /**
   * Returns the content of the answer to a request, or `undefined` for a request that is not known.
   */
  async #contentOf(type: string, content: Json, cell?: string): Promise<Json | undefined> {
    const code = String(content.code ?? "");
    const position = Number(content.cursor_pos ?? code.length);
    switch (type) {
      case "inspect_request":
        return await this.#help.inspect(code, position, cell);
      case "complete_request":
        return await this.#help.complete(code, position, cell);
      case "kernel_info_request":
        return kernelInfo();
      case "is_complete_request": {
        const status = completeness(code);
        return status === "incomplete" ? { status, indent: "  " } : { status };
      }
      case "interrupt_request":
        this.interrupt();
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: content.restart === true };
      case "history_request":
        return this.#history.answer(content);
      case "comm_info_request":
        // JupyterLab asks this when a notebook is opened; programs that only run notebooks do not.
        this.#help.warm();
        return { status: "ok", comms: {} };
      case "connect_request":
        return { status: "ok" };
      default:
        return undefined;
    }
  }

  /** Returns the names that the values of variables know; none while a cell computes. */
  #runtimeNames(): Promise<RuntimeNames> {
    const id = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<RuntimeNames>();
    this.#asked.set(id, resolve);
    this.#evaluator.order({ type: "names", id });
    const timer = setTimeout(() => resolve({ points: [], columns: [] }), NAMES_TIME);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  #status({ header }: Message, execution_state: "busy" | "idle"): void {
    this.#sockets.publish({ type: "status", content: { execution_state }, parent: header });
  }
}

/** The identifier of the cell that a message is about, which JupyterLab sends. */
function cellOf({ metadata }: Message): string | undefined {
  return typeof metadata.cellId === "string" ? metadata.cellId : undefined;
}

/** Returns a place in the running cell as a line of a trace. */
function frameOf({ line, column }: Place): string {
  return `    at line ${line}, column ${column}`;
}

/** The source map of a cell that was not compiled. */
const EMPTY_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });

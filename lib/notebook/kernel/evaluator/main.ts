/**
 * The process that evaluates the cells of a notebook. It imports no package, because it runs under
 * the configuration of the notebook's folder. The kernel (`kernel/main.ts`) starts it, sends orders
 * to its standard input, and reads reports from its standard output.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { setKernelHost } from "../host.ts";
import { Waits } from "./awaited.ts";
import { shownAs } from "./bundle.ts";
import { tell } from "./channel.ts";
import { Disposal } from "./disposal.ts";
import { DisplayOrder } from "./display_order.ts";
import { Inspector } from "./inspector.ts";
import { jupyterObject } from "./jupyter.ts";
import { type ModuleNames, Modules } from "./modules.ts";
import { namesIn } from "./runtime_names.ts";
import { printable } from "./printable.ts";
import { isPromise, Promises } from "./promises.ts";
import { type LineColumn, type Order, placesOfTrace, type Trouble } from "./protocol.ts";
import { asking, installQuestions } from "./questions.ts";
import { sharedMemory } from "./shared.ts";
import { Stopping } from "./stopping.ts";
import { installTraces, troubleOf } from "./trouble.ts";

/** The methods of `console` that print all values that they are given. */
const PRINTING = ["debug", "error", "info", "log", "warn"] as const;

const memory = sharedMemory();
const promises = new Promises();
const moduleNames: ModuleNames = JSON.parse(Deno.args[0]);
const modules = new Modules(Deno.cwd(), moduleNames);
const inspector = new Inspector();

/** The run of a cell that code belongs to, also code that a timer calls later. */
const runs = new AsyncLocalStorage<number>();
let latestRun = 0;
let cellValue: (value: unknown) => unknown = (value) => value;
let printedText: (value: unknown) => string | undefined = () => undefined;
let mayAsk = false;

/** A cell ends after its displays, so that no figure comes when the notebook no longer listens. */
const displays = new DisplayOrder();

const currentRun = () => runs.getStore() ?? latestRun;
const stopping = new Stopping(memory, currentRun);

/**
 * The place in its cell at which each run is, or was when it ended: the latest statement or `await`
 * at the top of the cell.
 */
const places = new Map<number, LineColumn>();
const at = (place: LineColumn) => void places.set(currentRun(), place);
const disposal = new Disposal(currentRun);
const waits = new Waits(at, () => stopping.resume());

installTraces();
installConsole();
installExit();
installQuestions(asking(memory, (prompt) => {
  if (!mayAsk) {
    throw new Error(
      "Expected a front end that can ask its user for input but found one that cannot, such as nbconvert; remove the calls of prompt, confirm and alert.",
    );
  }
  tell({ type: "input", run: currentRun(), prompt, password: false });
}));
Deno.jupyter = jupyterObject(
  currentRun,
  (value) => shownAs(cellValue(value)),
  displays,
  (promise) => promises.quieten(promise),
);
setKernelHost({
  signal: () => stopping.signal(),
  run: currentRun,
  setCellValue: (shown) => cellValue = shown,
  setPrintedText: (textOf) => printedText = textOf,
});
Object.defineProperty(globalThis, "__circuitbook", {
  value: {
    at(...place: LineColumn) {
      stopping.resume();
      at(place);
    },
    stop: () => stopping.check(),
    floating: promises.floating.bind(promises),
    held: promises.held.bind(promises),
    load: modules.load.bind(modules),
    imported(...args: Parameters<Modules["imported"]>) {
      at(args[1]);
      return modules.imported(...args);
    },
    meta: modules.meta,
    using: disposal.using.bind(disposal),
    awaitUsing: disposal.awaitUsing.bind(disposal),
    awaited: waits.awaited.bind(waits),
    awaitedEach: waits.awaitedEach.bind(waits),
  },
});
for (const name of ["unhandledrejection", "error"] as const) {
  globalThis.addEventListener(name, (event) => {
    event.preventDefault();
    const { reason, error } = event as PromiseRejectionEvent & ErrorEvent;
    const what = name === "error" ? "Uncaught error" : "Unhandled rejection";
    const trouble = troubleOf(name === "error" ? error : reason);
    // Deno (2.9) may call listeners of errors with the run of an earlier cell, so only the trace
    // shows the cell.
    const run = placesOfTrace(trouble.text).at(-1)?.run ??
      (name === "error" ? latestRun : currentRun());
    if (trouble.name === "InterruptedError" && stopping.isOver(run)) return;
    const said = trouble.name === "Uncaught" ? trouble.message : trouble.text;
    print("stderr", `${what}: ${said}\n`, run);
  });
}

const orders = new Worker(new URL("./orders.ts", import.meta.url), { type: "module" });
orders.onmessage = async ({ data }: MessageEvent<Order & { presses: number }>) => {
  if (data.type === "execute") execute(data);
  else if (data.type === "interrupt") stopping.press(data.presses);
  else if (data.type === "names") {
    const names = namesIn([...(await inspector.variables()).values()]);
    tell({ type: "names", id: data.id, names });
  }
};
orders.postMessage(memory);

async function execute({ run, code, stdin }: Order & { type: "execute" }): Promise<void> {
  latestRun = run;
  mayAsk = stdin;
  const givenUp = stopping.begin(run);
  let error: Trouble | undefined;
  try {
    const whole = () => evaluated(run, code).finally(() => displays.settled(run));
    error = await runs.run(run, () => Promise.race([whole(), givenUp]));
  } catch (reason) {
    error = troubleOf(reason);
    void disposal.end(run);
  }
  if (error && error.name !== "InterruptedError") error.promises = await promiseNames();
  stopping.end(error !== undefined);
  for (const warning of promises.warnings(error !== undefined)) {
    print("stderr", `${warning}\n`, run);
  }
  // Text that timers print in this turn belongs to the cell, too.
  await new Promise((resolve) => setTimeout(resolve));
  tell({ type: "done", run, error: error && placed(error, run) });
}

/** Returns the names of the variables that hold promises. */
async function promiseNames(): Promise<string[]> {
  const variables = await inspector.variables();
  return [...variables].filter(([, value]) => isPromise(value)).map(([name]) => name);
}

/**
 * Returns an error with the place where its cell was, if the error's trace does not lead to the
 * cell.
 */
function placed(error: Trouble, run: number): Trouble {
  const leadsThere = placesOfTrace(error.text).some((found) => found.run === run);
  if (error.place || error.compiledPlace || leadsThere) return error;
  return { ...error, place: places.get(run) };
}

/**
 * Evaluates a cell, shows its value, and disposes of what the cell has declared with `using`.
 * Returns the cell's error.
 */
async function evaluated(run: number, code: string): Promise<Trouble | undefined> {
  const error = await shown(run, code).catch(troubleOf);
  const failure = await disposal.end(run);
  const undisposed = failure && troubleOf(failure.thrown);
  if (error && undisposed) print("stderr", `Error in disposal: ${undisposed.text}\n`, run);
  return error ?? undisposed;
}

/** Evaluates a cell and shows its value. Returns the cell's error. */
async function shown(run: number, code: string): Promise<Trouble | undefined> {
  const outcome = await inspector.evaluate(code);
  if ("error" in outcome) return outcome.error;
  if (stopping.isOver(run)) return undefined;
  promises.shown(outcome.value);
  const value = cellValue(outcome.value);
  // A display is not shown twice.
  if (value === undefined || promises.isQuiet(value)) return undefined;
  const drawn = await shownAs(value);
  await displays.settled(run);
  // A value may draw itself in an output of its own, and return nothing more.
  if (Object.keys(drawn.data).length > 0) tell({ type: "result", run, shown: drawn });
  return undefined;
}

/**
 * Makes `Deno.exit` end the process. Deno (2.9) panics if code that the inspector evaluates ends it
 * in the usual way.
 */
function installExit(): void {
  const exit = (code?: string | number | null): never => {
    tell({ type: "exit", code: Number(code ?? Deno.exitCode) });
    Deno.kill(Deno.pid, "SIGKILL");
    throw new Error(
      "Expected Deno.exit to end the process but the process still runs; restart the kernel.",
    );
  };
  Deno.exit = exit;
  process.exit = exit;
}

/**
 * Makes `console` and standard error print to the cell. What native code prints goes to Jupyter's
 * log.
 */
function installConsole(): void {
  const { internal } = Deno as unknown as { internal: symbol };
  const { Console } = (Deno as unknown as Record<symbol, Internals>)[internal];
  // `console.warn` and `console.error` have levels above 1.
  const ours = new Console((text, level) => print(level > 1 ? "stderr" : "stdout", text));
  Object.assign(console, ours);
  const printed = (value: unknown) => printable(value, printedText);
  for (const method of PRINTING) {
    console[method] = (...values) => ours[method](...values.map(printed));
  }
  console.dir = (value, options) => ours.dir(printed(value), options);
  const decoder = new TextDecoder();
  const writeSync = (bytes: Uint8Array) => {
    print("stderr", decoder.decode(bytes));
    return bytes.length;
  };
  Deno.stderr.writeSync = writeSync;
  Deno.stderr.write = (bytes) => Promise.resolve(writeSync(bytes));
  process.stderr.write = (text: string | Uint8Array) => {
    print("stderr", typeof text === "string" ? text : decoder.decode(text));
    return true;
  };
}

interface Internals {
  Console: new (print: (text: string, level: number) => void) => Console;
}

function print(name: "stdout" | "stderr", text: string, run: number = currentRun()): void {
  tell({ type: "stream", run, name, text });
}

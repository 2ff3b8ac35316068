/** A headless browser that opens a page and evaluates expressions in it. */
import { dirname, join } from "@std/path";
import { infoOf } from "../../lib/checkpoint/files.ts";
import { CircuitbookError } from "../../lib/base/errors.ts";
import { findBrowser } from "../../lib/notebook/report/pdf.ts";

/** A page that is open in a headless browser. */
export interface OpenPage extends AsyncDisposable {
  /** Returns the value of an expression, promises awaited; values are as JSON has them. */
  evaluate<T>(expression: string): Promise<T>;
  /** The texts that the page has written to its console, and uncaught errors. */
  readonly messages: readonly string[];
}

/** A page in Chromium, where another page can take its place. */
export interface OpenTab extends OpenPage {
  /** Opens another page in the place of this one. */
  goTo(url: string): Promise<void>;
}

/** What a browser says of an expression that throws. */
interface ExceptionDetails {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

/** What a browser answers to an expression. */
interface Evaluated<Value> {
  readonly result: { readonly value: Value };
  readonly exceptionDetails?: ExceptionDetails;
}

/** The parts of the browsers' events that {@link OpenPage.messages} needs. */
interface EventParams {
  /** Of Chromium's `Log.entryAdded`. */
  readonly entry?: { readonly text: string };
  /** Of Chromium's `Runtime.consoleAPICalled`. */
  readonly args?: readonly { readonly value: unknown }[];
  /** Of Chromium's `Runtime.exceptionThrown`. */
  readonly exceptionDetails?: ExceptionDetails;
  /** Of Firefox's `log.entryAdded`. */
  readonly text?: string;
}

interface Reply {
  readonly id?: number;
  readonly params?: EventParams;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Speaks a protocol of numbered messages over a socket. */
class Connection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #count = 0;

  private constructor(socket: WebSocket, onEvent: (reply: Reply) => void) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const reply = JSON.parse(data) as Reply;
      if (reply.id === undefined) return onEvent(reply);
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    };
  }

  /** Connects to the address of a socket. */
  static async to(address: string, onEvent: (reply: Reply) => void): Promise<Connection> {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Connection(socket, onEvent);
  }

  /** Sends a message and returns its answer. */
  async send<Answer>(method: string, params: unknown = {}): Promise<Answer> {
    const id = ++this.#count;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (reply.error) throw new CircuitbookError(`${method}: ${JSON.stringify(reply)}`);
    return reply.result as Answer;
  }

  /** Closes the socket. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }
}

/** Starts a browser and returns its process and the address that it says it listens on. */
async function started(
  program: string,
  args: readonly string[],
): Promise<{ process: Deno.ChildProcess; address: string }> {
  const process = new Deno.Command(program, { args: [...args], stderr: "piped", stdout: "null" })
    .spawn();
  let said = "";
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  while (true) {
    const { value, done } = await reader.read();
    if (done) throw new CircuitbookError(`Expected ${program} to listen but found: ${said}`);
    said += value;
    const address = /(ws:\/\/[^\s]+)/.exec(said)?.[1];
    if (!address || !said.slice(said.indexOf(address)).includes("\n")) continue;
    // Later output of the browser is read and dropped, because a full pipe would stop the browser.
    reader.releaseLock();
    process.stderr.pipeTo(new WritableStream()).catch(() => undefined);
    return { process, address };
  }
}

/** Closes the connection, ends the browser, and removes its profile. */
async function closeBrowser(
  connection: Connection,
  process: Deno.ChildProcess,
  profile: string,
): Promise<void> {
  await connection.close();
  process.kill();
  await process.status;
  await Deno.remove(profile, { recursive: true }).catch(() => undefined);
}

function describe({ text, exception }: ExceptionDetails): string {
  return exception?.description ?? text;
}

const SOFTWARE_GPU_LIBRARY = "libvk_swiftshader.so";

/** The flags of a Chromium that computes WebGPU in software. */
const SOFTWARE_GPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
];

/**
 * Returns whether Chromium brings the library that computes WebGPU in software: beside its program,
 * or where Debian has it.
 */
export async function hasSoftwareGpu(): Promise<boolean> {
  const browser = await findBrowser();
  if (browser === undefined) return false;
  const folders = [dirname(await Deno.realPath(browser)), "/usr/lib/chromium"];
  const found = await Promise.all(
    folders.map((folder) => infoOf(join(folder, SOFTWARE_GPU_LIBRARY))),
  );
  return found.some((info) => info !== undefined);
}

/**
 * Opens a page in headless Chromium.
 *
 * @param options `gpu`: whether the page has WebGPU, computed in software.
 */
export async function openInChromium(
  url: string,
  { gpu = false }: { readonly gpu?: boolean } = {},
): Promise<OpenTab> {
  const profile = await Deno.makeTempDir({ prefix: "circuitbook-chromium-" });
  const { process, address } = await started((await findBrowser())!, [
    "--headless",
    "--no-first-run",
    ...gpu ? SOFTWARE_GPU : ["--disable-gpu"],
    ...Deno.uid() === 0 ? ["--no-sandbox"] : [],
    `--user-data-dir=${profile}`,
    "--window-size=1280,900",
    "--remote-debugging-port=0",
    "about:blank",
  ]);
  const targets = await (await fetch(
    `http://${new URL(address).host}/json/list`,
  )).json() as { type: string; webSocketDebuggerUrl: string }[];
  const messages: string[] = [];
  const connection = await Connection.to(
    targets.find(({ type }) => type === "page")!.webSocketDebuggerUrl,
    ({ params }) => {
      if (params?.entry) messages.push(params.entry.text);
      if (params?.args) messages.push(params.args.map(({ value }) => value).join(" "));
      if (params?.exceptionDetails) messages.push(describe(params.exceptionDetails));
    },
  );
  await connection.send("Runtime.enable");
  await connection.send("Log.enable");
  await connection.send("Page.enable");
  const goTo = async (url: string) => {
    await connection.send("Page.navigate", { url });
  };
  await goTo(url);
  return {
    messages,
    goTo,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await connection.send<Evaluated<never>>(
        "Runtime.evaluate",
        { expression, awaitPromise: true, returnByValue: true },
      );
      if (exceptionDetails) {
        throw new CircuitbookError(`${expression}: ${describe(exceptionDetails)}`);
      }
      return result.value;
    },
    [Symbol.asyncDispose]: () => closeBrowser(connection, process, profile),
  };
}

/** Returns the program of Firefox, or `undefined` if there is none. */
export async function findFirefox(): Promise<string | undefined> {
  for (const name of ["firefox", "firefox-esr"]) {
    try {
      const { success } = await new Deno.Command(name, { args: ["--version"], stdout: "null" })
        .output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Opens a page in headless Firefox, which speaks WebDriver BiDi. */
export async function openInFirefox(program: string, url: string): Promise<OpenPage> {
  const profile = await Deno.makeTempDir({ prefix: "circuitbook-firefox-" });
  const { process, address } = await started(program, [
    "--headless",
    "--no-remote",
    "--profile",
    profile,
    "--remote-debugging-port=0",
  ]);
  const messages: string[] = [];
  const connection = await Connection.to(
    `${address.replace(/\/$/, "")}/session`,
    ({ params }) => messages.push(params?.text ?? ""),
  );
  await connection.send("session.new", { capabilities: {} });
  await connection.send("session.subscribe", { events: ["log.entryAdded"] });
  const { contexts: [{ context }] } = await connection.send<{ contexts: { context: string }[] }>(
    "browsingContext.getTree",
  );
  await connection.send("browsingContext.navigate", { context, url, wait: "complete" });
  return {
    messages,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await connection.send<Evaluated<string>>(
        "script.evaluate",
        {
          // Values come back as JSON, because the protocol describes each part of an object on its
          // own.
          expression: `(async () => JSON.stringify(await (${expression})) ?? "null")()`,
          target: { context },
          awaitPromise: true,
        },
      );
      if (exceptionDetails) {
        throw new CircuitbookError(`${expression}: ${describe(exceptionDetails)}`);
      }
      return JSON.parse(result.value);
    },
    [Symbol.asyncDispose]: () => closeBrowser(connection, process, profile),
  };
}

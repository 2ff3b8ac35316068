/** A headless browser that opens a page and evaluates expressions in it. */
import { CircuitbookError } from "../../lib/base/errors.ts";
import { findBrowser } from "../../lib/notebook/report/pdf.ts";

/** A page that is open in a headless browser. */
export interface OpenPage extends AsyncDisposable {
  /** Returns the value of an expression, promises awaited; values are as JSON has them. */
  evaluate<T>(expression: string): Promise<T>;
  /** What the page has written to its console, and the errors that nobody caught. */
  readonly messages: readonly string[];
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any -- what a method answers is in the browser's documentation
  readonly params?: any;
  // deno-lint-ignore no-explicit-any -- as above
  readonly result?: any;
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
  async send(method: string, params: unknown = {}): Promise<Reply["result"]> {
    const id = ++this.#count;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (reply.error) throw new CircuitbookError(`${method}: ${JSON.stringify(reply)}`);
    return reply.result;
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
    // What the browser says later is read and forgotten: a full pipe would stop the browser.
    reader.releaseLock();
    process.stderr.pipeTo(new WritableStream()).catch(() => undefined);
    return { process, address };
  }
}

/** Opens a page in headless Chromium. */
export async function openInChromium(url: string): Promise<OpenPage> {
  const profile = await Deno.makeTempDir({ prefix: "circuitbook-chromium-" });
  const { process, address } = await started((await findBrowser())!, [
    "--headless",
    "--no-first-run",
    "--disable-gpu",
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
    ({ method, params }) => {
      if (method === "Log.entryAdded") messages.push(params.entry.text);
      if (method === "Runtime.consoleAPICalled") {
        messages.push(params.args.map((a: { value: unknown }) => a.value).join(" "));
      }
      if (method === "Runtime.exceptionThrown") {
        messages.push(params.exceptionDetails.exception?.description);
      }
    },
  );
  await connection.send("Runtime.enable");
  await connection.send("Log.enable");
  await connection.send("Page.enable");
  await connection.send("Page.navigate", { url });
  return {
    messages,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await connection.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) {
        throw new CircuitbookError(
          `${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`,
        );
      }
      return result.value;
    },
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      process.kill();
      await process.status;
      await Deno.remove(profile, { recursive: true }).catch(() => undefined);
    },
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
    ({ params }) => messages.push(params.text),
  );
  await connection.send("session.new", { capabilities: {} });
  await connection.send("session.subscribe", { events: ["log.entryAdded"] });
  const { contexts: [{ context }] } = await connection.send("browsingContext.getTree");
  await connection.send("browsingContext.navigate", { context, url, wait: "complete" });
  return {
    messages,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await connection.send("script.evaluate", {
        // Values come back as JSON, because the protocol describes each part of an object on its own.
        expression: `(async () => JSON.stringify(await (${expression})) ?? "null")()`,
        target: { context },
        awaitPromise: true,
      });
      if (exceptionDetails) throw new CircuitbookError(`${expression}: ${exceptionDetails.text}`);
      return JSON.parse(result.value);
    },
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      process.kill();
      await process.status;
      await Deno.remove(profile, { recursive: true }).catch(() => undefined);
    },
  };
}

import type { CellConfiguration } from "../front/configuration.ts";

/** A message of the Language Server Protocol. */
interface ServerMessage {
  id?: number | string;
  method?: string;
  result?: unknown;
}

/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE = 60_000;

/**
 * `deno lsp`: answers questions about TypeScript. One process answers for one notebook, and only
 * one document is open.
 */
export class LanguageServer {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #lastId = 0;
  #version = 0;
  #uri: string | undefined;

  private constructor(folder: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["lsp", "--quiet"],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#read();
  }

  /** Starts the server for a folder with a configuration. */
  static async start(
    folder: string,
    { config, importMap }: Pick<CellConfiguration, "config" | "importMap">,
  ): Promise<LanguageServer> {
    const server = new LanguageServer(folder);
    const markdown = ["markdown"];
    await server.#request("initialize", {
      processId: Deno.pid,
      rootUri: new URL(`file://${encodeURI(folder)}/`).href,
      capabilities: {
        textDocument: {
          hover: { contentFormat: markdown },
          completion: { completionItem: { documentationFormat: markdown } },
        },
      },
      initializationOptions: { enable: true, config, importMap, lint: false, cacheOnSave: false },
    });
    server.#tell("initialized", {});
    return server;
  }

  /** Opens a document, or replaces its text. */
  show(uri: string, text: string): void {
    const textDocument = { uri, version: ++this.#version };
    if (this.#uri === uri) {
      this.#tell("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    } else {
      const opened = { ...textDocument, languageId: "typescript", text };
      this.#tell("textDocument/didOpen", { textDocument: opened });
    }
    this.#uri = uri;
  }

  /**
   * Returns the answer to a question about a place of the document; lines and characters count
   * from 0.
   */
  ask(question: "hover" | "completion", line: number, character: number): Promise<unknown> {
    const textDocument = { uri: this.#uri };
    return this.#request(`textDocument/${question}`, {
      textDocument,
      position: { line, character },
    });
  }

  /** Ends the server. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // has ended already
    }
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    this.#send({ id, method, params });
    const answer = new Promise<unknown>((resolve) => this.#waiting.set(id, resolve));
    const { promise: late, resolve } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => resolve(undefined), PATIENCE);
    return Promise.race([answer, late]).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: object): void {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    this.#input.write(new Uint8Array([...head, ...body])).catch(() => {}); // has ended
  }

  async #read(): Promise<void> {
    let bytes = new Uint8Array();
    for await (const chunk of this.#process.stdout) {
      bytes = joined(bytes, chunk);
      for (let message = firstMessage(bytes); message; message = firstMessage(bytes)) {
        bytes = bytes.slice(message.end);
        this.#hear(JSON.parse(message.text));
      }
    }
  }

  #hear({ id, method, result }: ServerMessage): void {
    if (method === undefined) this.#waiting.get(Number(id))?.(result);
    // The server asks something, and needs no answer.
    else if (id !== undefined) this.#send({ id, result: null });
  }
}

/** Returns the first message of what the server has sent, if the message is whole. */
function firstMessage(bytes: Uint8Array): { text: string; end: number } | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 200)).match(
    /^(?:.*\r\n)*?Content-Length: (\d+)\r\n(?:.+\r\n)*\r\n/i,
  );
  if (!head) return undefined;
  const end = head[0].length + Number(head[1]);
  if (bytes.length < end) return undefined;
  return { text: new TextDecoder().decode(bytes.subarray(head[0].length, end)), end };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

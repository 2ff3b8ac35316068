import { dirname, join } from "deno-std/path/mod.js";
import { embeddedModels } from "../../../checkpoint/find.ts";
import { KNOWN_MODELS } from "../../../checkpoint/hub/known_models.ts";
import { cellsModule } from "../../cells_module.ts";
import { placeOf } from "../cell/source_error.ts";
import type { RuntimeNames } from "../evaluator/protocol.ts";
import { configurationFor, OWN_CONFIG } from "../front/configuration.ts";
import type { Json } from "../wire/message.ts";
import { calleeBefore, type Literal, literalAt } from "./literal.ts";
import { indexOf, positionOf } from "./offsets.ts";
import { LanguageServer } from "./server.ts";

/** The most cells that the language server reads: the latest ones. */
const KEPT_CELLS = 200;

/** The most completions that are offered. */
const MOST_MATCHES = 200;

/** LSP's number for completions that are only words of the text. */
const WORD = 1;

/** The kinds of LSP by number, as words for which JupyterLab has icons. */
const KINDS: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  14: "keyword",
  21: "constant",
};

interface Hover {
  contents?: { value?: string };
}

interface Item {
  label: string;
  insertText?: string;
  kind?: number;
  sortText?: string;
}

/** A completion and its kind. */
interface Match {
  text: string;
  type: string;
}

/** Documents and completes the code of cells, by `deno lsp` and by the values of the variables. */
export class Help {
  readonly #folder: string;
  readonly #runtimeNames: () => Promise<RuntimeNames>;
  readonly #cells = new Map<string, string>();
  #server: Promise<LanguageServer> | undefined;
  /** The folder of the document that the server reads. */
  #documents: string;

  /**
   * Makes the help of a notebook.
   *
   * @param folder the notebook's folder.
   * @param runtimeNames returns names that the values of variables know.
   */
  constructor(folder: string, runtimeNames: () => Promise<RuntimeNames>) {
    this.#folder = folder;
    this.#documents = folder;
    this.#runtimeNames = runtimeNames;
  }

  /** Adds a cell that was run; a cell that is run again takes the place of its earlier text. */
  add(id: string, source: string): void {
    this.#cells.delete(id);
    this.#cells.set(id, source);
    const [oldest] = this.#cells.keys();
    if (this.#cells.size > KEPT_CELLS) this.#cells.delete(oldest);
  }

  /** Starts the language server, which takes some seconds to read the library. */
  async warm(): Promise<void> {
    const server = await this.#started();
    server.show(this.#uri, 'import * as circuitbook from "circuitbook";\ncircuitbook;\n');
    await server.ask("hover", 1, 1);
  }

  /** Ends the language server. */
  async end(): Promise<void> {
    (await this.#server)?.kill();
  }

  /** Returns Jupyter's answer to `inspect_request`. */
  async inspect(code: string, position: number, id?: string): Promise<Json> {
    const at = indexOf(code, position);
    const callee = calleeBefore(code, at);
    const positions = [at, Math.max(0, at - 1), ...callee === undefined ? [] : [callee]];
    for (const candidate of positions) {
      const text = await this.#hover(code, candidate, id);
      if (text) {
        const data = { "text/markdown": text, "text/plain": text };
        return { status: "ok", found: true, data, metadata: {} };
      }
    }
    return { status: "ok", found: false, data: {}, metadata: {} };
  }

  /** Returns Jupyter's answer to `complete_request`. */
  async complete(code: string, position: number, id?: string): Promise<Json> {
    const at = indexOf(code, position);
    const literal = literalAt(code, at);
    const word = code.slice(0, at).match(/[\w$]*$/)![0];
    const start = literal?.start ?? at - word.length;
    const matches = literal
      ? await this.#inLiteral(literal, code, at, id)
      : matching(await this.#items(code, at, id), word);
    const cursor_start = positionOf(code, start);
    const types = matches.map((match) => ({ ...match, start: cursor_start, end: position }));
    return {
      status: "ok",
      matches: matches.map(({ text }) => text),
      cursor_start,
      cursor_end: position,
      metadata: { _jupyter_types_experimental: types },
    };
  }

  async #inLiteral(literal: Literal, code: string, at: number, id?: string): Promise<Match[]> {
    if (literal.callee === "loadModel" || literal.callee === "model") {
      const names = [...await embeddedModels(), ...KNOWN_MODELS.map(({ name }) => name)];
      return matching(named(names, "model"), literal.typed);
    }
    const { points, columns } = await this.#runtimeNames();
    const globs = points.map((name) => name.replace(/^blocks\.\d+\./, "blocks.*."));
    const all = [
      ...await this.#items(code, at, id),
      ...named(columns, "column"),
      ...named(globs, "hook"),
      ...named(points, "hook"),
    ];
    // The server also offers the texts of the cell, and with them the one that is being typed.
    return matching(all.filter(({ text }) => text !== literal.typed), literal.typed);
  }

  async #items(code: string, at: number, id?: string): Promise<Match[]> {
    const answer = await this.#ask("completion", code, at, id) as { items?: Item[] } | null;
    return (answer?.items ?? [])
      .filter(({ kind }) => kind !== WORD)
      .toSorted((a, b) => (a.sortText ?? "").localeCompare(b.sortText ?? ""))
      .map(({ label, insertText, kind = 0 }) => ({
        text: (insertText ?? label).replace(/\?$/, ""),
        type: KINDS[kind] ?? "variable",
      }));
  }

  async #hover(code: string, at: number, id?: string): Promise<string | undefined> {
    const answer = await this.#ask("hover", code, at, id) as Hover | null;
    return answer?.contents?.value;
  }

  /** Asks the language server about a position of a cell, with the cells before it. */
  async #ask(
    question: "hover" | "completion",
    code: string,
    at: number,
    id?: string,
  ): Promise<unknown> {
    const earlier = [...this.#cells].filter(([cell]) => cell !== id).map(([, source]) => source);
    const cells = [...earlier, code].map((source) => ({
      cell_type: "code" as const,
      source,
      outputs: [],
    }));
    const module = cellsModule({ cells }, join(this.#folder, "notebook.ipynb"));
    const { line, column } = placeOf(code, at);
    const text = module.text.split("\n");
    const [moduleLine] = module.linesOf(cells.length, line)
      .filter((number) => text[number].slice(0, column).trim() !== "" || column === 1);
    if (moduleLine === undefined) return null;
    const server = await this.#started();
    server.show(this.#uri, module.text);
    return await server.ask(question, moduleLine, column - 1);
  }

  #started(): Promise<LanguageServer> {
    this.#server ??= this.#start();
    return this.#server;
  }

  async #start(): Promise<LanguageServer> {
    const { config, importMap } = await configurationFor(this.#folder);
    // The server applies a configuration only to what lies in its folder.
    if (config === OWN_CONFIG) this.#documents = dirname(config);
    return LanguageServer.start(this.#documents, { config, importMap });
  }

  get #uri(): string {
    return new URL(`file://${encodeURI(join(this.#documents, ".notebook.cells.ts"))}`).href;
  }
}

function named(names: readonly string[], type: string): Match[] {
  return names.map((text) => ({ text, type }));
}

/** Returns the matches that begin with what was typed, or else that contain it, each once. */
function matching(matches: readonly Match[], typed: string): Match[] {
  const lower = typed.toLowerCase();
  const unique = [...new Map(matches.toReversed().map((match) => [match.text, match])).values()]
    .toReversed();
  const starting = unique.filter(({ text }) => text.toLowerCase().startsWith(lower));
  const found = starting.length > 0
    ? starting
    : unique.filter(({ text }) => text.toLowerCase().includes(lower));
  return found.slice(0, MOST_MATCHES);
}

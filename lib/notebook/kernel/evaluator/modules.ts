import vm from "node:vm";
import { docNames } from "./doc_names.ts";
import { EditedModules } from "./edited_modules.ts";
import type { LineColumn } from "./protocol.ts";
import { PlacedError, troubleOf } from "./trouble.ts";

/** A module's namespace object. */
type Module = Record<string, unknown>;

/** The names that a configuration gives to modules. */
export interface ModuleNames {
  /** All names. */
  readonly names: readonly string[];
  /**
   * The addresses of local modules, and of folders of local modules, by name; the library is not
   * among them.
   */
  readonly local: Readonly<Record<string, string>>;
}

/** The loader of modules for cells: names are resolved as in a module in the notebook's folder. */
export class Modules {
  /** The value of `import.meta` in a cell. */
  readonly meta: Pick<ImportMeta, "url" | "dirname" | "filename" | "main">;

  readonly #edited: EditedModules;
  readonly #load: (specifier: unknown, options?: unknown) => Promise<Module>;

  readonly #names: readonly string[];

  /**
   * Makes the loader of a folder, with the names that the folder's configuration gives to modules.
   */
  constructor(folder: string, { names, local }: ModuleNames) {
    this.#names = names;
    this.#edited = new EditedModules(local);
    const filename = `${folder}/notebook.ts`;
    this.meta = { url: urlOf(filename), dirname: folder, filename, main: true };
    // The function's own file name is what relative names and import maps are resolved against.
    this.#load = vm.runInThisContext("(name, options) => import(name, options)", {
      filename,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  }

  /** Returns a module; this is `import()` in a cell. */
  load(specifier: unknown, options?: unknown): Promise<Module> {
    this.#edited.refresh(String(specifier), this.meta.url);
    return this.#load(specifier, options);
  }

  /**
   * Returns the module of an import statement.
   *
   * @param specifier the module's name.
   * @param place where the name stands.
   * @param names the imported names with their places.
   * @param options the attributes of the import.
   * @throws PlacedError if there is no such module, if its code fails, or if a name is not
   * exported.
   */
  async imported(
    specifier: string,
    place: LineColumn,
    names: readonly (readonly [name: string, place: LineColumn])[],
    options?: unknown,
  ): Promise<Module> {
    const module = await this.load(specifier, options).catch((error) => {
      if (isAboutName(error, specifier)) {
        throw new PlacedError(
          error.name,
          `Expected a module but found "${specifier}", which the configuration does not name; write "npm:${specifier}" for an npm package`,
          place,
          { misspelt: { name: specifier, candidates: this.#names } },
        );
      }
      throw error instanceof Error ? placedError(error, place) : error;
    });
    const missing = names.filter(([name]) => !(name in module));
    if (missing.length === 0) return module;
    const documented = await docNames(specifier, this.meta.url);
    for (const [name, namePlace] of missing) {
      // Types have no value.
      if (documented.includes(name)) continue;
      const candidates = [...new Set([...Object.keys(module), ...documented])];
      throw new PlacedError(
        "SyntaxError",
        `Expected "${specifier}" to export "${name}" but it does not`,
        namePlace,
        { misspelt: { name, candidates } },
      );
    }
    return module;
  }
}

/** Returns whether an error says that the bare name of a module is not known. */
function isAboutName(error: unknown, name: string): error is Error {
  return error instanceof TypeError && error.message.includes(`"${name}"`) &&
    /not a dependency and not in import map/.test(error.message);
}

/**
 * Matches Deno's message for a module that does not load: the reason, lines of the module with a
 * mark, and the place in the module.
 */
const UNLOADED = /^(?:(\w*Error): )?(.+?)\.?\n([^]*\n)?\s+at (file:\S+):(\d+):(\d+)$/;

/** Returns a module's error with two places added: the cell's import and the module's own trace. */
function placedError(error: Error, place: LineColumn): PlacedError {
  const { name, message, text } = troubleOf(error);
  const unloaded = UNLOADED.exec(message);
  if (unloaded) {
    const [, kind = name, reason, excerpt = "", address, line, column] = unloaded;
    const file = decodeURI(new URL(address).pathname);
    const complaint = `${reason} in ${file}, line ${line}, column ${column}`;
    const trace = `${kind}: ${complaint}\n${excerpt}`.trimEnd();
    return new PlacedError(kind, complaint, place, { trace });
  }
  const runs = /^\s+at (?!async )/m.test(text);
  return new PlacedError(name, message, place, runs ? { trace: text } : {});
}

function urlOf(path: string): string {
  return new URL(`file://${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`).href;
}

import vm from "node:vm";
import { docNames } from "./doc_names.ts";
import { EditedModules } from "./edited_modules.ts";
import type { LineColumn } from "./protocol.ts";
import { PlacedError } from "./trouble.ts";

/** A module's namespace object. */
type Module = Record<string, unknown>;

/** The loader of modules for cells: names are resolved as in a module in the notebook's folder. */
export class Modules {
  /** What `import.meta` means in a cell. */
  readonly meta: Pick<ImportMeta, "url" | "dirname" | "filename" | "main">;

  readonly #edited = new EditedModules();
  readonly #load: (specifier: unknown, options?: unknown) => Promise<Module>;

  readonly #names: string[];

  /** Makes the loader of a folder, with the names of modules in the folder's configuration. */
  constructor(folder: string, names: string[]) {
    this.#names = names;
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
    const name = String(specifier);
    if (/^(\.{0,2}\/|file:)/.test(name)) this.#edited.refresh(new URL(name, this.meta.url).href);
    return this.#load(specifier, options);
  }

  /**
   * Returns the module of an import statement.
   *
   * @param specifier the module's name.
   * @param place where the name stands.
   * @param names the imported names with their places.
   * @param options the attributes of the import.
   * @throws PlacedError if there is no such module, or a name is not exported.
   */
  async imported(
    specifier: string,
    place: LineColumn,
    names: readonly (readonly [name: string, place: LineColumn])[],
    options?: unknown,
  ): Promise<Module> {
    const module = await this.load(specifier, options).catch((error) => {
      if (isAboutName(error)) {
        throw new PlacedError(
          error.name,
          `Expected a module but found "${specifier}", which the configuration does not name; write "npm:${specifier}" for an npm package`,
          place,
          { name: specifier, candidates: this.#names },
        );
      }
      throw isAboutLoading(error) ? new PlacedError(error.name, error.message, place) : error;
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
        { name, candidates },
      );
    }
    return module;
  }
}

/** Whether an error says that a bare name of a module is not known. */
function isAboutName(error: unknown): error is Error {
  return error instanceof TypeError && /not a dependency and not in import map/.test(error.message);
}

/** Whether an error says that a module could not be found or read, and not that its code threw. */
function isAboutLoading(error: unknown): error is Error {
  return error instanceof TypeError &&
    /not found|not a dependency|not in import map|Relative import path|Unable to load|Failed|could not|Import/i
      .test(error.message);
}

function urlOf(path: string): string {
  return new URL(`file://${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`).href;
}

import nodeModule from "node:module";

/** Names of modules in `import … from "NAME"`, `export … from "NAME"` and `import("NAME")`. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;

/** A local module, as it was when a cell imported it. */
interface Known {
  /** The text of the file; undefined if there was no file. */
  text: string | undefined;
  /** The local modules that it imports. */
  imports: string[];
}

type Resolve = (specifier: string, context: unknown) => { url: string };

/**
 * Loads a local module anew when its file, or a file that it imports, was edited since a cell
 * imported the module last. Modules that nobody edited stay as they are.
 */
export class EditedModules {
  readonly #names: Readonly<Record<string, string>>;
  readonly #known = new Map<string, Known>();
  readonly #versions = new Map<string, number>();

  /**
   * Starts with no module known.
   *
   * @param names the local modules, or folders of them, that the configuration gives a name:
   * addresses by name.
   */
  constructor(names: Readonly<Record<string, string>>) {
    this.#names = names;
  }

  /**
   * Looks for edits in the files that a module consists of; call this before the module is
   * imported.
   *
   * @param specifier the name of the module in the import.
   * @param base the address of the importing module.
   */
  refresh(specifier: string, base: string): void {
    const url = this.#addressOf(specifier, base);
    if (url === undefined) return;
    const now = this.#graphOf(url);
    const edited = new Set(
      [...now].filter(([file, { text }]) => {
        const known = this.#known.get(file);
        return known && known.text !== text;
      }).map(([file]) => file),
    );
    for (const [file, known] of now) this.#known.set(file, known);
    // A module that imports an edited module is loaded anew as well, and so on up to the cell. This
    // includes modules that only other cells have imported: by the time such a cell imports its
    // module again, the edit is already recorded and would not be noticed.
    for (let size = -1; size !== edited.size;) {
      size = edited.size;
      for (const [file, { imports }] of this.#known) {
        if (imports.some((name) => edited.has(name))) edited.add(file);
      }
    }
    if (edited.size > 0 && this.#versions.size === 0) this.#installHook();
    for (const file of edited) this.#versions.set(file, (this.#versions.get(file) ?? 0) + 1);
  }

  /** Makes imports lead to the latest version of a file. */
  #installHook(): void {
    const hooks = nodeModule as unknown as {
      registerHooks(
        hooks: { resolve(specifier: string, context: unknown, next: Resolve): { url: string } },
      ): void;
    };
    hooks.registerHooks({
      resolve: (specifier, context, next) => {
        const resolved = next(specifier, context);
        const version = this.#versions.get(resolved.url);
        return version ? { ...resolved, url: `${resolved.url}?version=${version}` } : resolved;
      },
    });
  }

  /**
   * The local files that a module consists of, by their addresses; files that do not exist are
   * among them.
   */
  #graphOf(start: string): Map<string, Known> {
    const graph = new Map<string, Known>();
    const open = [start];
    for (let url = open.pop(); url !== undefined; url = open.pop()) {
      if (graph.has(url)) continue;
      const base = url;
      const text = textOr(url);
      const imports = [...(text ?? "").matchAll(IMPORTED)]
        .map(([, name]) => this.#addressOf(name, base))
        .filter((address) => address !== undefined);
      graph.set(url, { text, imports });
      open.push(...imports);
    }
    return graph;
  }

  /** The address of a local module; undefined if a name leads to a package or to the network. */
  #addressOf(specifier: string, base: string): string | undefined {
    if (/^(\.{0,2}\/|file:)/.test(specifier)) return new URL(specifier, base).href;
    if (Object.hasOwn(this.#names, specifier)) return this.#names[specifier];
    const [folder] = Object.keys(this.#names)
      .filter((name) => name.endsWith("/") && specifier.startsWith(name))
      .sort((a, b) => b.length - a.length);
    if (folder === undefined) return undefined;
    return new URL(specifier.slice(folder.length), this.#names[folder]).href;
  }
}

/** Returns a message or a trace with the addresses of local modules as they are before an edit. */
export function withoutVersions(text: string): string {
  return text.replaceAll(/\?version=\d+(?=[:"'\s]|$)/g, "");
}

function textOr(url: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(url));
  } catch (_missing) {
    return undefined; // the import itself says so
  }
}

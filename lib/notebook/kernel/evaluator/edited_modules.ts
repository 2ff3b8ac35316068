import nodeModule from "node:module";

/** Relative names in `import … from "./x.ts"`, `export … from "./x.ts"` and `import("./x.ts")`. */
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

/** A local module, as it was when a cell imported it. */
interface Known {
  /** Changes when the file is written. */
  stamp: string;
  /** The local modules that it imports. */
  imports: string[];
}

type Resolve = (specifier: string, context: unknown) => { url: string };

/**
 * Loads a local module anew when its file, or a file that it imports, was edited since a cell imported the module last.
 * Modules that nobody edited stay as they are.
 */
export class EditedModules {
  readonly #known = new Map<string, Known>();
  readonly #versions = new Map<string, number>();

  /** Looks for edits in the files that a module consists of; call this before the module is imported. */
  refresh(url: string): void {
    const now = graphOf(url);
    const edited = new Set(
      [...now].filter(([file, { stamp }]) => {
        const known = this.#known.get(file);
        return known && known.stamp !== stamp;
      }).map(([file]) => file),
    );
    // A module that imports an edited one is loaded anew as well, and so on up to the cell.
    for (let size = -1; size !== edited.size;) {
      size = edited.size;
      for (const [file, { imports }] of now) {
        if (imports.some((name) => edited.has(name))) edited.add(file);
      }
    }
    if (edited.size > 0 && this.#versions.size === 0) this.#installHook();
    for (const file of edited) this.#versions.set(file, (this.#versions.get(file) ?? 0) + 1);
    for (const [file, known] of now) this.#known.set(file, known);
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
}

/** The local files that a module consists of, by their addresses. */
function graphOf(start: string): Map<string, Known> {
  const graph = new Map<string, Known>();
  const open = [start];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (graph.has(url)) continue;
    const file = readOr(url);
    if (!file) continue;
    const base = url;
    const imports = [...file.text.matchAll(RELATIVE_IMPORT)].map(([, name]) =>
      new URL(name, base).href
    );
    graph.set(url, { stamp: file.stamp, imports });
    open.push(...imports);
  }
  return graph;
}

function readOr(url: string): { text: string; stamp: string } | undefined {
  try {
    const { mtime, size } = Deno.statSync(new URL(url));
    return { text: Deno.readTextFileSync(new URL(url)), stamp: `${mtime?.getTime()} ${size}` };
  } catch (_missing) {
    return undefined; // the import itself says so
  }
}

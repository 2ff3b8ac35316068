import { dirname, join, toFileUrl } from "deno-std/path/mod.js";
import { createHash } from "node:crypto";
import ts from "typescript";
import { infoOf, readText, writeWhole } from "../../../checkpoint/files.ts";
import type { ModuleNames } from "../evaluator/modules.ts";

/** Circuitbook's own configuration, whose import map knows `circuitbook`. */
export const OWN_CONFIG: string = join(import.meta.dirname!, "../../../../deno.json");

/** The address of the library's own modules. */
const LIBRARY = new URL("lib/", toFileUrl(OWN_CONFIG)).href;

/** The folder of the files that the kernel makes for the folders of notebooks. */
export const KEPT: string = join(dirname(OWN_CONFIG), ".venv/var");

/** How `deno` reads the cells of a notebook. */
export interface CellConfiguration extends ModuleNames {
  /** The path of the configuration. */
  readonly config: string;
  /** The path of an import map that replaces the names of the configuration. */
  readonly importMap?: string;
}

/** The part of an import map that is read: modules by name, and by name within a folder. */
interface ImportMap {
  imports: Record<string, string>;
  scopes: Record<string, Record<string, string>>;
}

/**
 * Returns the configuration for the cells of a notebook, under which `circuitbook` can be imported:
 * the `deno.json` of the notebook's folder or of the nearest folder above, if that file names
 * `circuitbook`. Otherwise it is Circuitbook's own configuration, with the names of the nearest
 * file added.
 *
 * @param folder the notebook's folder.
 */
export async function configurationFor(folder: string): Promise<CellConfiguration> {
  const own = await importMapOf(OWN_CONFIG);
  const nearest = await nearestConfig(folder);
  if (nearest === undefined || nearest === OWN_CONFIG) {
    return { config: OWN_CONFIG, ...moduleNames(own.imports) };
  }
  const theirs = await importMapOf(nearest);
  if ("circuitbook" in theirs.imports) {
    return { config: nearest, ...moduleNames(theirs.imports) };
  }
  const imports = { ...own.imports, ...theirs.imports };
  // Whatever packages the folder names, the library gets its own.
  const scopes = { ...theirs.scopes, [LIBRARY]: own.imports };
  const importMap = await keptMap({ imports, scopes });
  return { config: OWN_CONFIG, importMap, ...moduleNames(imports) };
}

/** Returns the names that the imports of a configuration give to modules. */
function moduleNames(imports: Record<string, string>): ModuleNames {
  const local = Object.entries(imports).filter(([, address]) =>
    address.startsWith("file:") && !address.startsWith(LIBRARY)
  );
  return { names: Object.keys(imports), local: Object.fromEntries(local) };
}

/** Returns the configuration in a folder or in the nearest folder above, if there is one. */
async function nearestConfig(folder: string): Promise<string | undefined> {
  for (let path = folder;; path = dirname(path)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      if (await infoOf(join(path, name))) return join(path, name);
    }
    if (dirname(path) === path) return undefined;
  }
}

/**
 * Returns the names that a configuration, or the import map that it refers to, gives to modules;
 * relative paths are made whole.
 */
async function importMapOf(config: string): Promise<ImportMap> {
  const found = await readCommented(config);
  const source = typeof found.importMap === "string"
    ? join(dirname(config), found.importMap)
    : config;
  const { imports = {}, scopes = {} } = source === config ? found : await readCommented(source);
  const base = toFileUrl(source);
  return {
    imports: whole(imports, base),
    scopes: Object.fromEntries(
      Object.entries(scopes).map(([name, map]) => [wholeAddress(name, base), whole(map, base)]),
    ),
  };
}

/** Returns a configuration, or an empty one where the text is not readable. */
async function readCommented(path: string): Promise<Partial<ImportMap> & { importMap?: unknown }> {
  // `deno.jsonc` has comments, which TypeScript's reader of configurations knows.
  return ts.parseConfigFileTextToJson(path, await readText(path) ?? "{}").config ?? {};
}

/** Writes an import map, and returns its path. */
async function keptMap(map: ImportMap): Promise<string> {
  const text = JSON.stringify(map);
  const hash = createHash("sha256").update(text).digest("hex");
  const path = join(KEPT, "import_maps", `${hash.slice(0, 16)}.json`);
  await Deno.mkdir(dirname(path), { recursive: true });
  if (!await infoOf(path)) await writeWhole(path, text);
  return path;
}

function whole(names: Record<string, string>, base: URL): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).map(([name, address]) => [name, wholeAddress(address, base)]),
  );
}

function wholeAddress(address: string, base: URL): string {
  return /^\.{0,2}\//.test(address) ? new URL(address, base).href : address;
}

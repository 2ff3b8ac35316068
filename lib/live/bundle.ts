import { builtinModules } from "node:module";
import { basename, dirname, fromFileUrl, join } from "deno-std/path/mod.js";
import { build, type OnResolveArgs, type OnResolveResult, type Plugin, stop } from "esbuild";
import { OneAtATime } from "../base/one_at_a_time.ts";
import { infoOf } from "../checkpoint/files.ts";

/** The folder of the library's repository or package. */
const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** The folder that the scripts would be written to. */
const OUT = "bundled";

/**
 * The folder of replacements: in a page, `web/NAME.ts` replaces the module `NAME.ts` in the folder
 * above `web/`.
 */
const WEB = "web";

/**
 * Builds run one at a time, because esbuild's `stop` ends the only esbuild service of the process.
 */
const building = new OneAtATime();

/**
 * The scripts that this process has built, by their modules. They stay valid, because the library
 * does not change while it runs.
 */
const kept = new Map<string, string[]>();

/**
 * Returns modules of the library as scripts for a page, each with everything that the module
 * imports.
 *
 * A module `web/NAME.ts` replaces the module `NAME.ts` in the folder above `web/`, so that the
 * library runs on `onnxruntime-web`. Modules of Node are empty in a page, which must not call
 * functions that need them.
 *
 * @param entries the modules, as paths below `lib/live/`.
 * @returns the source text of each.
 */
export async function bundled(...entries: readonly string[]): Promise<string[]> {
  return await building.run(async () => {
    const key = entries.join();
    const known = kept.get(key);
    if (known) return known;
    try {
      const scripts = await built(entries);
      kept.set(key, scripts);
      return scripts;
    } finally {
      await stop();
    }
  });
}

/** Returns the bundled source text of each module. */
async function built(entries: readonly string[]): Promise<string[]> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: entries.map((entry) => join("lib", "live", entry)),
    // Nothing is written: the folder only names the results.
    outdir: OUT,
    bundle: true,
    // Scripts without imports of their own: a worker of a page from a file may not be a module.
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    define: { "import.meta.url": "self.location.href" },
    logOverride: { "empty-import-meta": "silent" },
    logLevel: "silent",
    plugins: [webModules],
    write: false,
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path, ".js"), text]));
  return entries.map((entry) => texts.get(basename(entry, ".ts"))!);
}

/** Replaces modules that only Deno and Node can run by modules for pages. */
const webModules: Plugin = {
  name: "modules of pages",
  setup({ onResolve, onLoad }) {
    const builtin = new RegExp(`^(node:.*|${builtinModules.join("|")})$`);
    onResolve({ filter: builtin }, ({ path }) => ({ path, namespace: "empty" }));
    onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {}" }));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, webModule);
  },
};

/** Returns the module of `web/` that replaces an imported module, or undefined if there is none. */
async function webModule(
  { path, resolveDir }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const whole = join(resolveDir, path);
  const web = join(dirname(whole), WEB, basename(whole));
  return await infoOf(web) ? { path: web } : undefined;
}

import { builtinModules } from "node:module";
import { dirname, fromFileUrl, join } from "deno-std/path/mod.js";
import { build, type OnResolveArgs, type OnResolveResult, type Plugin, stop } from "esbuild";
import { infoOf } from "../checkpoint/files.ts";

/** The folder of the library's repository or package. */
const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** The folder beside a module whose module of the same name takes its place in a page. */
const WEB = "web";

/**
 * Returns a module of the library as one script for a page, with everything that the module imports.
 *
 * A module `web/NAME.ts` beside `NAME.ts` takes its place, which is how the library runs on `onnxruntime-web`.
 * Modules of Node are empty in a page: whatever needs one is not called there.
 *
 * @param entry the module, as a path below `lib/live/`.
 * @returns the source text.
 */
export async function bundled(entry: string): Promise<string> {
  try {
    const { outputFiles: [{ text }] } = await build({
      absWorkingDir: ROOT,
      entryPoints: [join("lib", "live", entry)],
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
    return text;
  } finally {
    await stop();
  }
}

/** Puts the modules of pages in the place of those that only Deno and Node can run. */
const webModules: Plugin = {
  name: "modules of pages",
  setup({ onResolve, onLoad }) {
    const builtin = new RegExp(`^(node:.*|${builtinModules.join("|")})$`);
    onResolve({ filter: builtin }, ({ path }) => ({ path, namespace: "empty" }));
    onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {}" }));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, webModule);
  },
};

/** Returns the module that takes the place of an imported one, if there is one. */
async function webModule(
  { path, resolveDir }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const whole = join(resolveDir, path);
  const web = join(dirname(whole), WEB, whole.slice(dirname(whole).length + 1));
  return await infoOf(web) ? { path: web } : undefined;
}

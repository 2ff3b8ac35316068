import { createHash } from "node:crypto";

/** Scripts that a browser would run: without a type, or with a type of JavaScript. */
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script/gi;
const DATA_TYPE = /\btype\s*=\s*["']?(?!(?:text|application)\/javascript|module)/i;

/** What a page may do beyond showing text and pictures. */
export interface Allowed {
  /** The source texts of the scripts that may run. Default: none. */
  readonly scripts?: readonly string[];
  /** Whether the page runs a model: WebAssembly, in a worker that the page makes. Default false. */
  readonly runsModel?: boolean;
  /** Whether the page shows pages that lie beside it in frames. Default false. */
  readonly frames?: boolean;
}

/**
 * Returns the content security policy of a page: nothing is loaded from anywhere, pictures are data
 * URLs, and only the given scripts run, each allowed by its hash (Content Security Policy Level 3,
 * section 2.3.1). Event handlers in attributes and `javascript:` links do not run.
 *
 * @param allowed what else may run or be shown in the page.
 */
export function contentSecurityPolicy(
  { scripts = [], runsModel = false, frames = false }: Allowed = {},
): string {
  const hashes = new Set(scripts.map((script) => `'sha256-${sha256(script)}'`));
  const runs = [...hashes, ...runsModel ? ["'wasm-unsafe-eval'"] : []];
  return [
    "default-src 'none'",
    "img-src data:",
    "style-src 'unsafe-inline'",
    `script-src ${runs.join(" ") || "'none'"}`,
    // A blob worker inherits this policy.
    ...runsModel ? ["worker-src blob:"] : [],
    // In a page that was opened from a file, 'self' matches no file, so that the scheme is named.
    ...frames ? ["frame-src 'self' file:"] : [],
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Returns the source texts of the scripts in the HTML that a cell displayed. */
export function scriptsIn(html: string): string[] {
  return [...html.matchAll(SCRIPT)]
    .filter(([, attributes]) => !DATA_TYPE.test(attributes))
    .map(([, , source]) => source);
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("base64");
}

import { escape } from "deno-std/html/mod.js";

/**
 * The environment variable that names the folder of the reports while `deno task report` runs a
 * notebook.
 */
export const REPORTS_VARIABLE = "CIRCUITBOOK_REPORTS";

/** The name of the live page in the folder of a model's reports. */
export const LIVE_PAGE = "live.html";

/** The class of an output that shows a live page. */
export const LIVE_CLASS = "circuitbook-live";

/** Returns whether an output of a cell shows a live page. */
export function showsLivePage(html: string): boolean {
  return html.startsWith(`<details class="${LIVE_CLASS}"`);
}

/** Returns a line that links the live pages of models; an empty text if there are none. */
export function livePagesLine(folders: readonly string[]): string {
  if (folders.length === 0) return "";
  const links = folders.map((folder) =>
    `<a href="${escape(encodeURIComponent(folder))}/${LIVE_PAGE}">${escape(folder)}</a>`
  );
  return `<p class="live">Run the model in this browser, with a problem of yours: ${
    links.join(", ")
  }.</p>`;
}

import { LIVE_CLASS } from "../notebook/report/live_page.ts";
import { escapeHtml } from "../plot/mod.ts";
import type { Place } from "./place.ts";

// A page in a frame is as dark as its frame element; the browser's own setting does not tell
// JupyterLab's theme.
const THEME = `<style>[data-jp-theme-light="true"] .${LIVE_CLASS} iframe{color-scheme:light}` +
  `[data-jp-theme-light="false"] .${LIVE_CLASS} iframe{color-scheme:dark}</style>`;

/**
 * Returns the live page of a model in a frame. A report's reader opens the frame; until then the
 * model is not loaded. In JupyterLab the page is dark if the theme is.
 *
 * @param model the name of the model.
 * @param place where the page lies, and whether a report shows the frame.
 */
export function frameOf(model: string, place: Place): string {
  const { href, inReport } = place;
  const name = escapeHtml(model);
  const page = escapeHtml(href);
  const link = `<a href="${page}" target="_blank">Open the page in a window of its own</a>`;
  const frame =
    `<iframe src="${page}" title="${name}, live" loading="lazy" allow="clipboard-write" ` +
    'style="display:block;width:100%;height:44rem;border:1px solid rgba(128,128,128,.4);border-radius:8px;resize:vertical;' +
    'overflow:auto;margin:.5em 0"></iframe>';
  return `<details class="${LIVE_CLASS}"${inReport ? "" : " open"}>` +
    `<summary>${name}, live: the panel runs the model in this browser</summary>${frame}<p>${link}.</p>${THEME}</details>`;
}

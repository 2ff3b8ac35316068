import type { MediaBundle } from "../../plot/mod.ts";
import type { CellOutput } from "../notebook_file.ts";
import { withoutStills } from "../kernel/pictures.ts";
import { PROGRESS_TYPE } from "../progress/meter.ts";
import { escape } from "deno-std/html/mod.js";
import { ansiToHtml } from "./ansi.ts";
import { markdownToHtml } from "./markdown.ts";

/** How each media type is drawn, the richest type first. */
const DRAWINGS: [type: string, draw: (value: string) => string][] = [
  ["text/html", (html) => withWidths(withoutStills(html))],
  ["image/svg+xml", (svg) => withWidths(svg.replace(/^\s*<\?xml[^>]*>\s*/, ""))],
  ["image/png", (base64) => picture("image/png", base64)],
  ["image/jpeg", (base64) => picture("image/jpeg", base64)],
  ["image/gif", (base64) => picture("image/gif", base64)],
  ["text/markdown", (markdown) => markdownToHtml(markdown)],
  ["text/latex", (latex) => markdownToHtml(latex)],
  ["text/plain", (text) => `<pre>${ansiToHtml(text)}</pre>`],
];

/**
 * Returns an output of a cell as HTML; the empty string for a progress bar, which has no use after
 * the run.
 */
export function outputToHtml(output: CellOutput): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output.name === "stderr" ? "stderr" : "stdout"}">${
        ansiToHtml(output.text)
      }</pre>`;
    case "error":
      if (output.ename === "MissingAbility") {
        return `<p class="skipped"><b>Skipped.</b> ${escape(output.evalue)}</p>`;
      }
      return `<pre class="error">${
        ansiToHtml(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`)
      }</pre>`;
    default:
      return bundleToHtml(output.data);
  }
}

function bundleToHtml(bundle: MediaBundle): string {
  if (bundle[PROGRESS_TYPE] !== undefined) return "";
  for (const [type, draw] of DRAWINGS) {
    if (bundle[type] !== undefined) return draw(joined(bundle[type]));
  }
  const json = Object.entries(bundle).find(([type]) => type.endsWith("json"));
  return json ? `<pre>${ansiToHtml(JSON.stringify(json[1], null, 2))}</pre>` : "";
}

/**
 * Returns HTML in which each figure of the library says its width to the style of the page, which
 * shrinks a figure on a phone only as far as its text can be read.
 */
function withWidths(html: string): string {
  return html.replace(/<svg\b[^>]*class="cb cb-svg"[^>]*>/g, (tag) => {
    const width = / width="(\d+)"/.exec(tag)?.[1];
    return width === undefined ? tag : tag.replace(' style="', ` style="--width:${width}px;`);
  });
}

/** A text as one string; notebook files may hold it as a list of lines. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.join("") : String(value);
}

function picture(type: string, base64: string): string {
  return `<img src="data:${type};base64,${escape(base64.replace(/\s/g, ""))}" alt="">`;
}

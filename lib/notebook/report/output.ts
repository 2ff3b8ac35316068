import type { CellOutput, MimeBundle } from "../notebook_file.ts";
import { PROGRESS_TYPE } from "../progress_bar.ts";
import { ansiToHtml } from "./ansi.ts";
import { markdownToHtml } from "./markdown.ts";

/** How each kind of value is drawn, richest first. */
const drawings: [type: string, draw: (value: string) => string][] = [
  ["text/html", (html) => html],
  ["image/svg+xml", (svg) => svg.replace(/^\s*<\?xml[^>]*>\s*/, "")],
  ["image/png", (base64) => picture("image/png", base64)],
  ["image/jpeg", (base64) => picture("image/jpeg", base64)],
  ["image/gif", (base64) => picture("image/gif", base64)],
  ["text/markdown", (markdown) => markdownToHtml(markdown)],
  ["text/latex", (latex) => markdownToHtml(latex)],
  ["text/plain", (text) => `<pre>${ansiToHtml(text)}</pre>`],
];

/** One output of a cell as HTML; empty for what only lives while the cell runs, such as a progress bar. */
export function outputToHtml(output: CellOutput): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output.name === "stderr" ? "stderr" : "stdout"}">${
        ansiToHtml(output.text)
      }</pre>`;
    case "error":
      return `<pre class="error">${
        ansiToHtml(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`)
      }</pre>`;
    default:
      return bundleToHtml(output.data);
  }
}

function bundleToHtml(bundle: MimeBundle): string {
  if (bundle[PROGRESS_TYPE] !== undefined) return "";
  for (const [type, draw] of drawings) {
    if (bundle[type] !== undefined) return draw(joined(bundle[type]));
  }
  const json = Object.entries(bundle).find(([type]) => type.endsWith("json"));
  return json ? `<pre>${ansiToHtml(JSON.stringify(json[1], null, 2))}</pre>` : "";
}

/** Notebook files may hold a text as a list of lines. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.join("") : String(value);
}

function picture(type: string, base64: string): string {
  return `<img src="data:${type};base64,${base64.replace(/\s/g, "")}" alt="">`;
}

import { escape } from "deno-std/html/mod.js";
import type { LocatedFailure } from "../run/failure.ts";
import type { Cell, Notebook } from "../notebook_file.ts";
import { highlighted } from "./code.ts";
import { type FindPicture, markdownToHtml } from "./markdown.ts";
import { outputToHtml } from "./output.ts";
import { STYLE } from "./style.ts";
import { type Summary, summaryElement } from "./summary.ts";

/**
 * An executed notebook as one HTML document that opens without a network: prose, code, outputs and, where a cell threw,
 * what happened.
 */
export function notebookPage(
  notebook: Notebook,
  summary: Summary,
  { failure, findPicture }: { failure?: LocatedFailure; findPicture?: FindPicture } = {},
): string {
  const cells = notebook.cells.map((cell, index) => {
    const html = cellToHtml(cell, findPicture);
    return failure?.cell === index ? html + failureBox(failure) : html;
  });
  const model = summary.model === null ? "" : ` Model: ${escape(summary.model)}.`;
  const footer = `<footer><p>Run in ${summary.seconds} s with Circuitbook.${model}</p></footer>`;
  return document(summary.title, [
    `<nav><a href="index.html">All reports</a></nav>`,
    ...cells,
    footer,
    summaryElement(summary),
  ]);
}

/** A whole HTML document around the parts of its body. */
export function document(title: string, body: string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body.join("\n")}
</body>
</html>
`;
}

/** Where a cell failed, on one line: `cell 3, line 2: TypeError: … in "const x = f()"`. Cells count from 1, as all cells stand. */
export function failureText({ cell, line, ename, evalue, source }: LocatedFailure): string {
  const place = line === undefined ? `cell ${cell + 1}` : `cell ${cell + 1}, line ${line}`;
  return `${place}: ${ename}: ${evalue}${source ? `, in \`${source}\`` : ""}`;
}

function cellToHtml(cell: Cell, findPicture?: FindPicture): string {
  if (cell.cell_type === "raw") return "";
  if (cell.cell_type === "markdown") {
    return `<section>${
      markdownToHtml(cell.source, (href) => attachment(cell, href) ?? findPicture?.(href))
    }</section>`;
  }
  if (cell.source.trim() === "") return "";
  const outputs = cell.outputs.map(outputToHtml).filter((html) => html !== "");
  const shown = outputs.map((html) => `<div>${html}</div>`).join("\n");
  const source = `<pre class="source">${highlighted(cell.source, "typescript")}</pre>`;
  return `<section>${source}${shown && `<div class="output">${shown}</div>`}</section>`;
}

function attachment(cell: Cell & { cell_type: "markdown" }, href: string): string | undefined {
  const bundle = href.startsWith("attachment:") &&
    cell.attachments?.[decodeURIComponent(href.slice("attachment:".length))];
  const [first] = Object.entries(bundle || {});
  return first && `data:${first[0]};base64,${first[1].replace(/\s/g, "")}`;
}

function failureBox(failure: LocatedFailure): string {
  return `<p class="failure"><b>This run stopped here.</b> ${escape(failureText(failure))}</p>`;
}

import { escape } from "deno-std/html/mod.js";
import type { CellFailure } from "../run/execute.ts";
import type { Cell, Notebook } from "../notebook_file.ts";
import { FINDINGS_CLASS } from "../claims/findings.ts";
import { highlighted } from "./code.ts";
import { Headings } from "./contents.ts";
import { showsLivePage } from "./live_page.ts";
import { type FindPicture, markdownToHtml } from "./markdown.ts";
import { outputToHtml } from "./output.ts";
import { type Allowed, contentSecurityPolicy, scriptsIn } from "./policy.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { measuredTime } from "../../base/formats.ts";
import { runInWords } from "./run_words.ts";
import { STYLE } from "./style.ts";
import { type Summary, summaryElement } from "./summary.ts";

/** The parts of a page that {@link notebookPage} adds to the cells. */
export interface PageOptions {
  /** The failure that ended the run, if any. */
  failure?: CellFailure;
  /** Returns the pictures that the prose names. */
  findPicture?: FindPicture;
}

/**
 * Returns an executed notebook as one HTML document that opens without a network: prose, code,
 * outputs and, if a cell threw, the error. Only the scripts that cells displayed may run (see
 * {@link contentSecurityPolicy}).
 *
 * @param notebook the executed notebook.
 * @param summary what the index says about the page; the page holds a copy.
 * @param options the failure and the pictures.
 */
export function notebookPage(
  notebook: Notebook,
  summary: Summary,
  { failure, findPicture }: PageOptions = {},
): string {
  const headings = new Headings(notebook.cells.map(({ id }) => String(id)));
  const { findings, cells } = withoutFindings(notebook.cells);
  const [first = "", ...others] = cells.map((cell, index) => {
    const hasFailed = failure?.cell === index;
    const html = cellToHtml(cell, { findPicture, headings, isOpen: hasFailed });
    return hasFailed ? html + failureBox(failure, notebook) : html;
  });
  const pieces = notebook.cells.flatMap((cell) =>
    cell.cell_type === "code" ? cell.outputs.map(outputToHtml) : []
  );
  return document(summary.title, [
    `<style>${PAGE_STYLE}</style>`,
    `<nav class="top"><a href="../index.html">All reports</a> <button type="button" id="all-code" aria-pressed="false" hidden>Show all code</button></nav>`,
    `<header>${underTitle(first, findings)}</header>`,
    headings.contents(),
    `<main>${others.join("\n")}</main>`,
    `<footer><p>Run in ${measuredTime(summary.seconds)}: ${runInWords(summary)}.</p></footer>`,
    summaryElement(summary),
    `<script>${PAGE_SCRIPT}</script>`,
  ], {
    scripts: [...pieces.flatMap(scriptsIn), PAGE_SCRIPT],
    frames: pieces.some(showsLivePage),
  });
}

/**
 * Returns the cells of a notebook without the findings that they displayed, and the findings as
 * HTML.
 */
function withoutFindings(cells: readonly Cell[]): { findings: string; cells: readonly Cell[] } {
  const found: string[] = [];
  const rest = cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const outputs = cell.outputs.filter((output) => {
      const html = outputToHtml(output);
      const isFindings = html.startsWith(`<div class="${FINDINGS_CLASS}"`);
      if (isFindings) found.push(html);
      return !isFindings;
    });
    return { ...cell, outputs };
  });
  return { findings: found.join(""), cells: rest };
}

/** Returns the first cell with the findings under its title, or before it where it has no title. */
function underTitle(first: string, findings: string): string {
  const end = first.indexOf("</h1>");
  if (end < 0) return findings + first;
  const at = end + "</h1>".length;
  return first.slice(0, at) + findings + first.slice(at);
}

/**
 * Returns a whole HTML document.
 *
 * @param title the title, as plain text.
 * @param body the parts of the body, as HTML.
 * @param allowed the scripts in the body that may run, and what else the page may do. Default:
 * nothing.
 */
export function document(
  title: string,
  body: readonly string[],
  allowed: Allowed = {},
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(contentSecurityPolicy(allowed))}">
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

/**
 * Returns where and how a cell failed, on one line: "cell 3, line 2: TypeError: …, in `const x =
 * f()`". Cells of all kinds count from 1.
 */
export function failureText(
  { cell, line, ename, evalue }: CellFailure,
  { cells }: Notebook,
): string {
  const source = line && cells[cell].source.split("\n")[line - 1]?.trim();
  const where = line === undefined ? `cell ${cell + 1}` : `cell ${cell + 1}, line ${line}`;
  return `${where}: ${ename}: ${evalue}${source ? `, in \`${source}\`` : ""}`;
}

/** What a cell's HTML depends on besides the cell. */
interface CellContext {
  readonly findPicture: FindPicture | undefined;
  readonly headings: Headings;
  /** Whether the code is shown unfolded. */
  readonly isOpen: boolean;
}

function cellToHtml(cell: Cell, { findPicture, headings, isOpen }: CellContext): string {
  if (cell.cell_type === "raw") return "";
  const anchor = typeof cell.id === "string" ? ` id="${escape(cell.id)}"` : "";
  if (cell.cell_type === "markdown") {
    const find = (href: string) => attachment(cell, href) ?? findPicture?.(href);
    return `<section${anchor}>${markdownToHtml(cell.source, find, headings)}</section>`;
  }
  if (cell.source.trim() === "") return "";
  if (isSkipped(cell)) {
    return `<section${anchor} class="skipped">${
      foldedCode(cell.source, "Code, skipped")
    }</section>`;
  }
  const outputs = cell.outputs.map(outputToHtml).filter((html) => html !== "");
  const shown = outputs.map((html) => `<div>${html}</div>`).join("\n");
  const code = foldedCode(cell.source, "Code", isOpen);
  return `<section${anchor}>${code}${shown && `<div class="output">${shown}</div>`}</section>`;
}

function foldedCode(source: string, name: string, isOpen = false): string {
  return `<details class="code"${
    isOpen ? " open" : ""
  }><summary>${name}</summary><pre class="source">${
    highlighted(source, "typescript")
  }</pre></details>`;
}

/** Returns whether the run left a cell out, because its section needs what the model lacks. */
function isSkipped(cell: Cell): boolean {
  const { circuitbook } = (cell.metadata ?? {}) as { circuitbook?: { skipped?: boolean } };
  return circuitbook?.skipped === true;
}

function attachment(cell: Cell & { cell_type: "markdown" }, href: string): string | undefined {
  const bundle = href.startsWith("attachment:") &&
    cell.attachments?.[decodeURIComponent(href.slice("attachment:".length))];
  const [first] = Object.entries(bundle || {});
  return first && `data:${first[0]};base64,${first[1].replace(/\s/g, "")}`;
}

function failureBox(failure: CellFailure, notebook: Notebook): string {
  const text = escape(failureText(failure, notebook));
  return `<p class="failure"><b>This run stopped here.</b> ${text}</p>`;
}

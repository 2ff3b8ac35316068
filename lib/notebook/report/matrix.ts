import { escape } from "deno-std/html/mod.js";
import { type Claim, KIND_WORDS, KINDS, VERDICTS } from "../claims/claim.ts";
import { inUnit, measured } from "../claims/words.ts";
import { resultInWords } from "./change_words.ts";
import { type Changes, resultsOf } from "./changes.ts";
import type { Entry } from "./history.ts";
import { markdownToHtml } from "./markdown.ts";
import { measuredTime } from "../../base/formats.ts";
import { runInWords } from "./run_words.ts";
import { sparkline } from "./sparkline.ts";
import { linkTo, pageOf, type Summary } from "./summary.ts";

/** The content of the index. */
export interface Reports {
  /** The pages, by notebook. */
  readonly summaries: readonly Summary[];
  /** The pages that lie beside a PDF file. */
  readonly printed: ReadonlySet<string>;
  /** The folders of the models that have a live page. */
  readonly live: readonly string[];
  /** The history, oldest first. */
  readonly entries: readonly Entry[];
}

/**
 * Returns the fields by which a reader chooses the claims of the matrix. The script of the index
 * reads the fields.
 */
export function filters(): string {
  const options = (words: readonly (readonly [value: string, text: string])[]) =>
    words.map(([value, text]) => `<option value="${value}">${text}</option>`).join("");
  const verdicts = VERDICTS.map((verdict) => [verdict, verdict] as const);
  const kinds = KINDS.map((kind) => [kind, KIND_WORDS[kind]] as const);
  return `<p class="filters">
<label>Search <input type="search" id="search" placeholder="words of a claim"></label>
<label>Verdict <select id="verdict">${options([["", "all"], ...verdicts])}</select></label>
<label>Claims <select id="kind">${options([["", "all"], ...kinds])}</select></label>
<label><input type="checkbox" id="changed"> changed with the last run</label>
<button type="button" id="fold">Notebooks only</button>
</p>`;
}

/**
 * Returns a table with a column for each model. Each notebook is a group of rows. The first row
 * links to the pages; every other row shows a claim with its verdict, number, history and figure.
 *
 * @param reports the pages and the history.
 * @param changes what changed with the last run; such claims can be filtered.
 */
export function matrix(
  { summaries, printed, entries }: Reports,
  changes: Changes,
): string {
  const folders = [...new Set(summaries.map(({ folder }) => folder))].sort();
  const changed = changedClaims(changes);
  const head = folders.map((folder) => `<th scope="col">${escape(folder)}</th>`).join("");
  const groups = [...Map.groupBy(summaries, ({ notebook }) => notebook).values()].map((pages) => {
    const ids = new Set(pages.flatMap(({ claims }) => claims.map(({ id }) => id)));
    const rows = [...ids].map((id) => claimRow(id, pages, folders, { entries, changed }));
    return `<tbody>${notebookRow(pages, folders, printed)}${rows.join("")}</tbody>`;
  });
  return `<table class="matrix"><thead><tr><th scope="col">Notebook and claim</th>${head}</tr></thead>${
    groups.join("")
  }</table>`;
}

/** Returns the claims that are new, or whose verdict or value changed, each as its page and id. */
function changedClaims({ notebooks }: Changes): Set<string> {
  return new Set(
    notebooks.flatMap(({ after, turned, beyond, added }) =>
      [...turned.map((change) => change.after), ...beyond.map((change) => change.after), ...added]
        .map(({ id }) => `${linkTo(after)} ${id}`)
    ),
  );
}

function notebookRow(
  pages: readonly Summary[],
  folders: readonly string[],
  printed: ReadonlySet<string>,
): string {
  const [{ title, introduction, notebook }] = pages;
  const cells = folders.map((folder) => {
    const page = pages.find((page) => page.folder === folder);
    return cell(folder, page === undefined ? "" : pageCell(page, printed));
  });
  return `<tr class="notebook"><th scope="rowgroup">${escape(title)} <small>${
    escape(notebook)
  }</small><div class="about">${markdownToHtml(introduction)}</div></th>${cells.join("")}</tr>`;
}

/**
 * Returns the link to a page, the verdicts of the page, and, folded, the facts of its run.
 */
function pageCell(page: Summary, printed: ReadonlySet<string>): string {
  const { failure, seconds, claims } = page;
  const pdf = printed.has(pageOf(page))
    ? ` · <a href="${linkTo(page).replace(/html$/, "pdf")}">PDF</a>`
    : "";
  const link = `<a href="${linkTo(page)}">open</a>${pdf} · ${measuredTime(seconds)}`;
  const counts = VERDICTS.flatMap((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : `<span class="${classOf(verdict)}">${count} ${verdict}</span>`;
  });
  const state = failure === null
    ? counts
    : [`<span class="bad">stopped: ${escape(failure)}</span>`];
  return `${link}<br>${state.join(", ")}<details class="run"><summary>run</summary>${
    runInWords(page)
  }</details>`;
}

/** What a row says besides the pages. */
interface RowContext {
  readonly entries: readonly Entry[];
  readonly changed: ReadonlySet<string>;
}

function claimRow(
  id: string,
  pages: readonly Summary[],
  folders: readonly string[],
  { entries, changed }: RowContext,
): string {
  const found = pages.flatMap((page) => {
    const claim = page.claims.find((claim) => claim.id === id);
    return claim === undefined ? [] : [{ page, claim }];
  });
  const [{ claim }] = found;
  const cells = folders.map((folder) => {
    const own = found.find(({ page }) => page.folder === folder);
    if (own === undefined) return cell(folder, "");
    return cell(folder, claimCell(own.claim, own.page, entries));
  });
  const facts = {
    kind: claim.kind,
    verdicts: [...new Set(found.map(({ claim }) => claim.verdict))].join(","),
    changed: found.some(({ page }) => changed.has(`${linkTo(page)} ${id}`)) ? "yes" : "no",
    words: `${claim.statement} ${claim.source} ${id}`.toLowerCase(),
  };
  const data = Object.entries(facts).map(([name, value]) => `data-${name}="${escape(value)}"`);
  return `<tr class="claim" ${data.join(" ")}><th scope="row">${statementCell(claim)}</th>${
    cells.join("")
  }</tr>`;
}

/** Returns the statement and, folded, the parts of the claim that were fixed before the result. */
function statementCell(claim: Claim): string {
  const { statement, kind, source, sourceValue, unit, criterion, control, id } = claim;
  const said = typeof sourceValue === "number" ? inUnit(sourceValue, unit) : sourceValue;
  return `<details><summary>${escape(statement)}</summary><small>${KIND_WORDS[kind]} · ${
    escape(source)
  } · <code>${escape(id)}</code><br>source: ${escape(said)}<br>criterion: ${
    escape(criterion)
  }<br>control: ${escape(control)}</small></details>`;
}

/** Returns verdict, number, figure and history of a claim on one model. */
function claimCell(claim: Claim, page: Summary, entries: readonly Entry[]): string {
  const { verdict, figure, id, why } = claim;
  const title = [claim.value === undefined ? "" : measured(claim), why].filter(Boolean).join(". ");
  const number = claim.value === undefined ? "" : `<br>${escape(resultInWords(claim))}`;
  return `<a class="${classOf(verdict)}" href="${linkTo(page, figure)}" title="${
    escape(title)
  }">${verdict}</a>${number} ${sparkline(resultsOf(entries, page, id))}`;
}

/** Returns a cell that names its model where a narrow page puts cells below each other. */
function cell(folder: string, html: string): string {
  return html === ""
    ? `<td class="none">–</td>`
    : `<td data-model="${escape(folder)}">${html}</td>`;
}

function classOf(verdict: string): string {
  return verdict.replaceAll(" ", "-");
}

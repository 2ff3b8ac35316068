import { escape } from "deno-std/html/mod.js";
import { countsInWords } from "../claims/claim.ts";
import { changeLists, comparison } from "./change_words.ts";
import { type Changes, lastChanges, runsOf } from "./changes.ts";
import type { Entry } from "./history.ts";
import { INDEX_SCRIPT } from "./index_script.ts";
import { filters, matrix, type Reports } from "./matrix.ts";
import { livePagesLine } from "./live_page.ts";
import { document } from "./page.ts";
import { measuredTime, minuteOf } from "../../base/formats.ts";
import { shortHash } from "./run_words.ts";
import { INDEX_STYLE } from "./index_style.ts";

/** The most changes of one kind that are shown at once. */
const AT_ONCE = 12;

/**
 * Returns the first page of the reports: what changed with the last run, notebooks and claims by
 * model with their history, and the runs.
 */
export function indexPage(reports: Reports): string {
  const { summaries, entries } = reports;
  const changes = lastChanges(entries);
  const claims = summaries.flatMap(({ claims }) => claims);
  const table = summaries.length === 0
    ? "<p>No report yet.</p>"
    : `${filters()}<div class="wide">${matrix(reports, changes)}</div>`;
  return document("Circuitbook reports", [
    `<style>${INDEX_STYLE}</style>`,
    "<h1>Circuitbook reports</h1>",
    livePagesLine(reports.live),
    changesSection(changes),
    "<h2>Notebooks and claims, by model</h2>",
    claims.length ? `<p>${escape(countsInWords(claims))}.</p>` : "",
    table,
    runsSection(entries),
    `<script>${INDEX_SCRIPT}</script>`,
  ], { scripts: [INDEX_SCRIPT] });
}

function changesSection(changes: Changes): string {
  if (changes.runs.length === 0) return "";
  const lists = changeLists(changes).map(({ title, items }) => {
    const shown = items.map(({ text, link }) =>
      `<li>${escape(text)}${link === undefined ? "" : ` <a href="${link}">open</a>`}</li>`
    );
    const rest = shown.slice(AT_ONCE);
    const more = rest.length === 0
      ? ""
      : `<details><summary>${rest.length} more</summary><ul>${rest.join("")}</ul></details>`;
    return `<h3>${title}</h3><ul>${shown.slice(0, AT_ONCE).join("")}</ul>${more}`;
  });
  return `<section class="changes"><h2>What changed with the last run</h2><p>${
    escape(comparison(changes))
  }</p>${lists.join("")}</section>`;
}

/** Returns the runs, newest first, with what a terminal says of each. */
function runsSection(entries: readonly Entry[]): string {
  if (entries.length === 0) return "";
  const rows = runsOf(entries).toReversed().map((run) => {
    const own = entries.filter((entry) => entry.run === run);
    const [{ commit }] = own;
    const models = [...new Set(own.map(({ folder }) => folder))].join(", ");
    const total = own.reduce((sum, { seconds }) => sum + seconds, 0);
    const stopped = own.filter(({ failure }) => failure !== null).length;
    const cells = [
      `<code title="${escape(run)}">${escape(minuteOf(run))}</code>`,
      `${own.length}${stopped ? `, <span class="bad">${stopped} stopped</span>` : ""}`,
      escape(models),
      measuredTime(total),
      shortHash(commit),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const head = ["run", "notebooks", "models", "time", "commit"].map((name) => `<th>${name}</th>`);
  const last = runsOf(entries).at(-1)!;
  return `<details class="runs"><summary>${rows.length} ${
    rows.length === 1 ? "run" : "runs"
  }</summary><p>In a terminal, <code>deno task report --diff ${
    escape(last.slice(0, 10))
  }</code> prints what has changed since the last run whose date begins so; a whole date names one run.</p>` +
    `<div class="wide"><table><thead><tr>${head.join("")}</tr></thead><tbody>${
      rows.join("")
    }</tbody></table></div></details>`;
}

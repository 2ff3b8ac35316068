import { escape } from "deno-std/html/mod.js";
import { countsInWords } from "../claims/claim.ts";
import { claimsTable } from "../claims/table.ts";
import { markdownToHtml } from "./markdown.ts";
import { document } from "./page.ts";
import type { Summary } from "./summary.ts";

/** Returns the first page of the reports: a paragraph for each notebook, and all claims with their verdicts. */
export function indexPage(summaries: readonly Summary[]): string {
  const claims = summaries.flatMap(({ claims }) => claims);
  const pages = new Map(
    summaries.flatMap(({ notebook, claims }) =>
      claims.map((claim) => [claim, `${encodeURIComponent(notebook)}.html`])
    ),
  );
  return document("Circuitbook reports", [
    "<h1>Circuitbook reports</h1>",
    ...summaries.map(entry),
    claims.length
      ? `<h2>Claims</h2><p>${escape(countsInWords(claims))}.</p>${
        claimsTable(claims, (claim) => pages.get(claim)!)
      }`
      : "",
  ]);
}

function entry(summary: Summary): string {
  const { notebook, title, introduction, seconds, failure, claims } = summary;
  const state = failure === null
    ? [`${seconds} s`, runOf(summary), claims.length && countsInWords(claims)].filter(Boolean).map(
      (text) => escape(String(text)),
    )
    : [`<span class="bad">stopped: ${escape(failure)}</span>`];
  return `<h2><a href="${encodeURIComponent(notebook)}.html">${escape(title)}</a></h2>
${markdownToHtml(introduction)}
<p class="soft">${state.join(" · ")}</p>`;
}

/** Returns which model a page shows, and with claims the hash, commit, date and seed of its run. */
function runOf({ model, claims: [claim] }: Summary): string | null {
  if (claim === undefined) return model && `model ${model}`;
  const { hash, commit, date, seed } = claim;
  return `model ${claim.model}, SHA-256 ${hash}, in ${claim.dtype}, commit ${commit}, ${date}, seed ${seed}`;
}

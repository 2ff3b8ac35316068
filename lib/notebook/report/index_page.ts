import { escape } from "deno-std/html/mod.js";
import { countsInWords } from "../claims/claim.ts";
import { claimsTable } from "../claims/table.ts";
import { markdownToHtml } from "./markdown.ts";
import { document } from "./page.ts";
import { duration, runInWords } from "./run_words.ts";
import { linkTo, type Summary } from "./summary.ts";

/** Returns the first page of the reports: a paragraph for each page, and all claims with their verdicts. */
export function indexPage(summaries: readonly Summary[]): string {
  const claims = summaries.flatMap(({ claims }) => claims);
  const pages = new Map(
    summaries.flatMap((summary) => summary.claims.map((claim) => [claim, linkTo(summary)])),
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
  const { title, introduction, seconds, failure, claims } = summary;
  const state = failure === null
    ? [duration(seconds), claims.length > 0 && countsInWords(claims)].filter(Boolean).map(
      (text) => escape(String(text)),
    )
    : [`<span class="bad">stopped: ${escape(failure)}</span>`];
  return `<h2><a href="${linkTo(summary)}">${escape(title)}</a></h2>
${markdownToHtml(introduction)}
<p class="soft">${[...state, runInWords(summary)].join(" · ")}</p>`;
}

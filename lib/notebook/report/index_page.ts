import { escape } from "deno-std/html/mod.js";
import { type Claim, UNTESTED } from "../claims/claim.ts";
import { claimsTable } from "../claims/table.ts";
import { markdownToHtml } from "./markdown.ts";
import { document } from "./page.ts";
import type { Summary } from "./summary.ts";

/** Returns the first page of the reports: a paragraph for each notebook, and all claims with their verdicts. */
export function indexPage(summaries: readonly Summary[]): string {
  const claims = summaries.flatMap((summary) => summary.claims);
  return document("Circuitbook reports", [
    "<h1>Circuitbook reports</h1>",
    ...summaries.map(entry),
    claims.length ? `<h2>Claims</h2>${claimsTable(claims)}` : "",
  ]);
}

function entry(summary: Summary): string {
  const { notebook, title, introduction, model, seconds, failure, claims } = summary;
  const state = failure === null
    ? [`${seconds} s`, model && `model ${model}`, claimCount(claims)].filter(Boolean).map((text) =>
      escape(String(text))
    )
    : [`<span class="bad">stopped: ${escape(failure)}</span>`];
  return `<h2><a href="${encodeURIComponent(notebook)}.html">${escape(title)}</a></h2>
${markdownToHtml(introduction)}
<p class="soft">${state.join(" · ")}</p>`;
}

/** "12 of 20 claims hold, 3 cannot be tested on this model", or `undefined` if there is no claim. */
export function claimCount(claims: readonly Claim[]): string | undefined {
  if (claims.length === 0) return undefined;
  const [held, untested] = [true, UNTESTED].map((verdict) =>
    claims.filter(({ holds }) => holds === verdict).length
  );
  const rest = untested ? `, ${untested} cannot be tested on this model` : "";
  return `${held} of ${claims.length} claims hold${rest}`;
}

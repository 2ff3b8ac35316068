import { escape } from "deno-std/html/mod.js";
import { type Claim, KIND_WORDS } from "./claim.ts";
import { inUnit, measured } from "./words.ts";

const HEADINGS = ["Verdict", "Statement", "Source", "This model", "Criterion", "Remarks"];

/**
 * Returns the claims as an HTML table that brings its own style. On a phone the cells of a row
 * stand below each other.
 */
export function claimsTable(claims: readonly Claim[]): string {
  const head = HEADINGS.map((heading) => `<th>${heading}</th>`).join("");
  const rows = claims.map((claim) => {
    const cells = cellsOf(claim).map((html, i) => `<td data-heading="${HEADINGS[i]}">${html}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table class="circuitbook-claims">${STYLE}<thead><tr>${head}</tr></thead><tbody>${
    rows.join("")
  }</tbody></table>`;
}

/** Returns the claims as plain text, one line a claim. */
export function claimsText(claims: readonly Claim[]): string {
  return claims.map((claim) => `${claim.verdict}: ${claim.statement} ${measured(claim)}`).join(
    "\n",
  );
}

/** The cells of a claim's row as HTML. */
function cellsOf(claim: Claim): string[] {
  const { id, kind, source, statement, sourceValue, criterion, control, why, verdict, figure } =
    claim;
  const link = `<a href="#${encodeURIComponent(figure)}">figure</a>`;
  return [
    `<b class="${verdict.replaceAll(" ", "-")}">${verdict}</b><br><small>${
      KIND_WORDS[kind]
    }</small>`,
    `${escape(statement)}<br><small>${escape(source)} · <code>${
      escape(id)
    }</code> · ${link}</small>`,
    escape(typeof sourceValue === "number" ? inUnit(sourceValue, claim.unit) : sourceValue),
    escape(claim.value === undefined ? "–" : measured(claim)),
    `${escape(criterion)}<br><small>control: ${escape(control)}</small>`,
    escape(why),
  ];
}

// The class is written twice to outweigh JupyterLab's own rules, which align every table to the
// right.
const STYLE = `<style>
table.circuitbook-claims.circuitbook-claims { border-collapse: collapse; font-size: 0.9em; }
table.circuitbook-claims.circuitbook-claims :is(th, td) { text-align: left; vertical-align: top;
  padding: 0.4em 0.8em 0.4em 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
table.circuitbook-claims.circuitbook-claims tbody tr:nth-child(n) { background: none; }
.circuitbook-claims b { white-space: nowrap; font-weight: 600; }
.circuitbook-claims b.cannot-be-tested { white-space: normal; font-weight: normal; opacity: 0.75; }
.circuitbook-claims b.replicates { color: #2e9d57; }
.circuitbook-claims b.contradicts { color: #e0524a; }
.circuitbook-claims small { opacity: 0.75; }
@media (max-width: 700px) {
  table.circuitbook-claims.circuitbook-claims :is(tbody, tr) { display: block; }
  table.circuitbook-claims.circuitbook-claims thead { display: none; }
  table.circuitbook-claims.circuitbook-claims td { display: block; padding: 0.1em 0; border: 0; }
  table.circuitbook-claims.circuitbook-claims td:empty { display: none; }
  table.circuitbook-claims.circuitbook-claims td + td::before { content: attr(data-heading) ": "; opacity: 0.75; }
  table.circuitbook-claims.circuitbook-claims tr { padding: 0.6em 0;
    border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
}
</style>`;

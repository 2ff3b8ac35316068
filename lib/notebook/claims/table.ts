import { escape } from "deno-std/html/mod.js";
import { type Claim, UNTESTED, verdict } from "./claim.ts";

const HEADINGS = ["", "The source's statement", "source", "this model", "n", "why"];

/** Returns the claims as an HTML table that brings its own style. */
export function claimsTable(claims: readonly Claim[]): string {
  const head = HEADINGS.map((heading) => `<th>${heading}</th>`).join("");
  const rows = claims.map((claim) => {
    const cells = cellsOf(claim).map((html) => `<td>${html}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table class="circuitbook-claims">${STYLE}<thead><tr>${head}</tr></thead><tbody>${
    rows.join("")
  }</tbody></table>`;
}

/** Returns the claims as plain text, one line a claim. */
export function claimsText(claims: readonly Claim[]): string {
  return claims.map((claim) =>
    `${verdict(claim)}: ${claim.statement} (source ${quantityText(claim.sourceValue)}, this model ${
      quantityText(claim.value)
    })`
  ).join("\n");
}

/** The cells of a claim's row as HTML. */
function cellsOf(claim: Claim): string[] {
  const { id, source, statement, sourceValue, value, n, holds, why } = claim;
  return [
    `<b class="${holds === UNTESTED ? "untested" : holds ?? "undecided"}">${verdict(claim)}</b>`,
    `${escape(statement)}<br><small>${escape(source)} · <code>${escape(id)}</code></small>`,
    escape(quantityText(sourceValue)),
    escape(quantityText(value)) + intervalHtml(claim),
    n === null ? "–" : n.toLocaleString("en"),
    escape(why),
  ];
}

function intervalHtml({ interval }: Claim): string {
  return interval === null ? "" : `<br><small>${interval.map(quantityText).join(" to ")}</small>`;
}

/** A number with at most four significant digits, words as they are, an en dash for nothing. */
function quantityText(value: string | number | null): string {
  if (value === null) return "–";
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}

// The class is written twice to outweigh JupyterLab's own rules, which align every table to the right.
const STYLE = `<style>
table.circuitbook-claims.circuitbook-claims { border-collapse: collapse; font-size: 0.9em; }
table.circuitbook-claims.circuitbook-claims :is(th, td) { text-align: left; vertical-align: top;
  padding: 0.4em 0.8em 0.4em 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
table.circuitbook-claims.circuitbook-claims tbody tr:nth-child(n) { background: none; }
.circuitbook-claims b { white-space: nowrap; font-weight: 600; }
.circuitbook-claims b.untested { white-space: normal; font-weight: normal; opacity: 0.75; }
.circuitbook-claims b.true { color: #2e9d57; }
.circuitbook-claims b.false { color: #e0524a; }
.circuitbook-claims small { opacity: 0.75; }
</style>`;

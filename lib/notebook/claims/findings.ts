import { Drawing, escapeHtml } from "../../plot/mod.ts";
import type { Claim } from "./claim.ts";
import { capitalized, measured } from "./words.ts";

/** A claim that stands under the title of a notebook, and what its number is of. */
export interface Finding {
  /** The claim. */
  readonly claim: Claim;
  /** What the number is of, as a noun phrase or a clause. */
  readonly says: string;
}

/** The class of the list of findings, which a report puts under the title. */
export const FINDINGS_CLASS = "circuitbook-findings";

/**
 * Returns findings as a list: the verdict, the statement, the numbers of the run with their interval, and a link to the
 * figure. The sentences are made from the results, so that they are true for any model.
 */
export function findings(list: readonly Finding[]): Drawing {
  const items = list.map(({ claim, says }) => {
    const untested = claim.value === undefined;
    const result = untested ? claim.why : `${measured(claim, says)}.`;
    return { claim, opening: capitalized(claim.verdict), result };
  });
  const html = items.map(({ claim, opening, result }) =>
    `<li style="margin:0.5em 0"><b>${opening}:</b> ${escapeHtml(claim.statement)} ` +
    `<span style="opacity:0.8">${escapeHtml(result)} ` +
    `<a href="#${encodeURIComponent(claim.figure)}">Figure</a></span></li>`
  ).join("");
  const text = items.map(({ claim, opening, result }) =>
    `${opening}: ${claim.statement} ${result}`
  );
  return new Drawing(
    `<div class="${FINDINGS_CLASS}" style="max-width:46rem"><b>Findings</b><ul style="padding-left:1.2em">${html}</ul></div>`,
    text.join("\n"),
  );
}

import type { Headline } from "../../base/statements.ts";
import { Drawing, escapeHtml } from "../../plot/mod.ts";
import type { Claim } from "./claim.ts";
import { capitalized, resultWords, uncertainty } from "./words.ts";

/** A claim that stands under the title of a notebook, and the words of its finding. */
export interface Finding {
  /** The claim. */
  readonly claim: Claim;
  /** What the finding says for each verdict. */
  readonly headline: Headline;
  /** The measured quantity, as a noun phrase or a clause. */
  readonly says: string;
}

/** The class of the list of findings, which a report puts under the title. */
export const FINDINGS_CLASS = "circuitbook-findings";

/**
 * Returns findings as a list: a sentence that the result makes true, with its numbers; then,
 * smaller, the verdict on the statement, the interval, and a link to the figure. The sentences are
 * made from the results, so that they are true for any model.
 */
export function findings(list: readonly Finding[]): Drawing {
  const items = list.map((finding) => ({ ...finding, ...wordsOf(finding) }));
  const html = items.map(({ claim, sentence, rest }) =>
    `<li style="margin:0.5em 0">${escapeHtml(sentence)} ` +
    `<small style="opacity:0.8">${escapeHtml(rest)} ` +
    `<a href="#${encodeURIComponent(claim.figure)}">Figure</a></small></li>`
  ).join("");
  const text = items.map(({ sentence, rest }) => `${sentence} ${rest}`);
  return new Drawing(
    `<div class="${FINDINGS_CLASS}" style="max-width:46rem"><b>Findings</b><ul style="padding-left:1.2em">${html}</ul></div>`,
    text.join("\n"),
  );
}

/** Returns the sentence of a finding, and the numbers behind the sentence. */
function wordsOf({ claim, headline, says }: Finding): { sentence: string; rest: string } {
  const { verdict, statement, why } = claim;
  if (verdict === "cannot be tested") {
    return { sentence: `Not tested: “${statement}”`, rest: why };
  }
  const sentence = `${headline[verdict]}: ${headline.numbers(resultWords(claim))}.`;
  const rest = `${capitalized(verdict)}. ${capitalized(says)}: ${uncertainty(claim)}. ${why}`;
  return { sentence, rest: rest.trim() };
}

import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { CLAIM } from "../claims/claim.ts";
import { RUN } from "./history.ts";
import { jsonInScript } from "../../plot/parts/text.ts";

const SUMMARY = z.object({
  ...RUN.shape,
  /** The heading of the notebook. */
  title: z.string(),
  /** The first paragraph of the notebook, as markdown. */
  introduction: z.string(),
  claims: z.array(CLAIM),
});

/**
 * What the index and `claims.json` say about one report. The page of the report holds the summary,
 * so that running one notebook leaves the reports of other notebooks as they are.
 */
export type Summary = z.infer<typeof SUMMARY>;

const OPENING = `<script type="application/json" id="circuitbook-summary">`;

/**
 * Returns the summary as an element of the page. `<` is escaped, so that no text can end the
 * element.
 */
export function summaryElement(summary: Summary): string {
  return `${OPENING}${jsonInScript(summary)}</script>`;
}

/**
 * Returns the summary that the page of a report holds, or `undefined` if the page is not a report.
 *
 * @param page the text of the page.
 * @param path the file of the page, for the error message.
 * @throws CircuitbookError if the summary is cut off or damaged.
 */
export function summaryIn(page: string, path: string): Summary | undefined {
  const start = page.lastIndexOf(OPENING);
  if (start < 0) return undefined;
  const end = page.indexOf("</script>", start);
  const json = end < 0 ? "" : page.slice(start + OPENING.length, end);
  try {
    return SUMMARY.parse(JSON.parse(json));
  } catch (cause) {
    throw new CircuitbookError(
      `Expected a whole report in ${path} but found a damaged page; run its notebook again, or delete the file.`,
      { cause },
    );
  }
}

/** Returns the path of a page in the folder of the reports. */
export function pageOf({ folder, notebook }: { folder: string; notebook: string }): string {
  return `${folder}/${notebook}.html`;
}

/** Returns the path of the PDF file of a page in the folder of the reports. */
export function pdfOf({ folder, notebook }: { folder: string; notebook: string }): string {
  return `${folder}/${notebook}.pdf`;
}

/** Returns the address of a page, or of a cell on the page, for a link from the index. */
export function linkTo(page: { folder: string; notebook: string }, figure?: string): string {
  const path = pageOf(page).split("/").map(encodeURIComponent).join("/");
  return figure === undefined ? path : `${path}#${encodeURIComponent(figure)}`;
}

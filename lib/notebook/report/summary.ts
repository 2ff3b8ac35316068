import { z } from "zod";
import type { Claim } from "../claims/claim.ts";

const schema = z.object({
  notebook: z.string(),
  title: z.string(),
  introduction: z.string(),
  model: z.string().nullable(),
  seconds: z.number(),
  failure: z.string().nullable(),
  claims: z.array(z.custom<Claim>((value) => typeof value === "object" && value !== null)),
});

/**
 * What the index and `claims.json` say about one report. It is kept inside the report's page, so that a report of one
 * notebook leaves those of the others as they are.
 */
export type Summary = z.infer<typeof schema>;

const OPENING = `<script type="application/json" id="circuitbook-summary">`;

/** The summary as an element of the page; `<` is escaped, so that no text can end the element. */
export function summaryElement(summary: Summary): string {
  return `${OPENING}${JSON.stringify(summary).replaceAll("<", "\\u003c")}</script>`;
}

/** The summary that a report's page holds; `undefined` when it holds none. */
export function summaryIn(page: string): Summary | undefined {
  const start = page.lastIndexOf(OPENING);
  if (start < 0) return undefined;
  const json = page.slice(start + OPENING.length, page.indexOf("</script>", start));
  return schema.parse(JSON.parse(json));
}

import { formatNumber } from "./text.ts";

/** A table of at most this many rows stands on one page. */
const ONE_PAGE = 50;

/** The rows of a page of a longer table. */
const PAGE = 25;

/**
 * Returns the HTML of a table whose rows are turned over page by page. The pages need no script: a
 * radio button chooses the page, and a browser that does not know the CSS shows all rows. Printed,
 * all rows are there.
 *
 * @param head the `<thead>` element.
 * @param rows a `<tr>` element for each row.
 */
export function pagedTable(head: string, rows: readonly string[]): string {
  if (rows.length <= ONE_PAGE) return `<table>${head}<tbody>${rows.join("")}</tbody></table>`;
  const starts = Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, i) => i * PAGE);
  const bodies = starts.map((start) =>
    `<tbody>${rows.slice(start, start + PAGE).join("")}</tbody>`
  );
  const choices = starts.map((start, i) => {
    const range = `${formatNumber(start + 1)}–${formatNumber(Math.min(start + PAGE, rows.length))}`;
    return `<label><input type="radio" name="page"${i === 0 ? " checked" : ""}>${range}</label>`;
  });
  // Radio buttons of one name belong together within a form, so that the tables of a page stay
  // apart.
  return `<form class="cb-pages"><style>${pageStyle(starts.length)}</style>` +
    `<table>${head}${bodies.join("")}</table>` +
    `<div class="cb-choices cb-soft" role="radiogroup" aria-label="rows">rows ${
      choices.join(" ")
    }</div></form>`;
}

function pageStyle(pages: number): string {
  const shown = Array.from(
    { length: pages },
    (_, i) =>
      `.cb-pages:has(label:nth-of-type(${i + 1}) input:checked) tbody:nth-of-type(${i + 1})`,
  );
  return `@supports selector(:has(*)){@media screen{.cb-pages tbody{display:none}${
    shown.join(",")
  }{display:table-row-group}}}` +
    ".cb-pages .cb-choices{margin:.4em 0}.cb-pages label{margin-right:.7em;white-space:nowrap;cursor:pointer}" +
    ".cb-pages input{vertical-align:-1px;margin:0 .25em 0 0}@media print{.cb-pages .cb-choices{display:none}}";
}

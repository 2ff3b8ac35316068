import { checkArguments, is } from "../base/arguments.ts";
import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { namedTables, numberIn, type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { escapeHtml, formatNumber, visibleToken } from "./parts/text.ts";

/** Options of {@link barTable}. */
export interface BarTableOptions extends Captions {
  /** The column with the scores. Default `score`. */
  readonly score?: string;
  /** The column with a translation of each token. Default: none is shown. */
  readonly gloss?: string;
}

/**
 * Returns a table of tokens with their scores as numbers and bars, in the order of the rows.
 * Several tables stand side by side, their bars on one scale.
 *
 * @param tables a table with the columns `token` and `score`, or several such tables by name.
 * @param options which columns are drawn, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const nearest = [{ token: "错误", score: 0.4, english: "error" }];
 * assert(plot.barTable({ "W[0]": nearest }, { gloss: "english" }).html.includes("error"));
 * ```
 */
export function barTable(
  tables: Table | Readonly<Record<string, Table>>,
  options: BarTableOptions = {},
): Drawing {
  checkArguments("barTable", {
    tables: [tables, is.either(is.rows, is.object)],
    options: [options, is.object],
  });

  const { score = "score", gloss, title, caption } = options;
  const needed = ["token", score, ...(gloss ? [gloss] : [])];
  const lists = namedTables(tables).map((
    [name, source],
  ) => ({
    name,
    rows: rowsWith(source, needed),
  }));
  const scores = lists.flatMap(({ rows }) => rows.map((row) => numberIn(row, score))).filter(
    Number.isFinite,
  );
  const low = Math.min(0, ...scores);
  const high = Math.max(0, ...scores);
  const bodies = lists.map(({ name, rows }) => {
    const body = rows.map((row) => rowHtml(row, { score, gloss, low, high })).join("");
    const heads = ["token", ...(gloss ? [gloss] : []), score].map((head) =>
      `<th scope="col"${head === score ? ' class="cb-number"' : ""}>${escapeHtml(head)}</th>`
    )
      .join("");
    const above = name ? `<div class="cb-title">${escapeHtml(name)}</div>` : "";
    return `<div>${above}<table><thead><tr>${heads}<th></th></tr></thead><tbody>${body}</tbody></table></div>`;
  });
  const text = lists.map(({ name, rows }) =>
    `${name ? `${name}: ` : ""}${
      rows.map((row) => `${visibleToken(String(row.token))} ${formatNumber(numberIn(row, score))}`)
        .join(", ")
    }`
  );
  return new Drawing(
    framed(`<div class="cb-columns">${bodies.join("")}</div>`, { title, caption }),
    text.join("\n"),
  );
}

function rowHtml(
  row: Row,
  { score, gloss, low, high }: { score: string; gloss?: string; low: number; high: number },
): string {
  const value = numberIn(row, score);
  const share = (number: number) => high > low ? ((number - low) / (high - low)) * 100 : 0;
  const from = share(Math.min(0, value));
  const to = share(Math.max(0, value));
  const colour = `var(--cb-${value < 0 ? 1 : 6})`;
  const bar = Number.isFinite(value)
    ? `<span class="cb-bar" aria-hidden="true"><i style="left:${from.toFixed(1)}%;width:${
      (to - from).toFixed(1)
    }%;background:${colour}"></i></span>`
    : "";
  const meaning = gloss ? `<td>${escapeHtml(String(row[gloss] ?? ""))}</td>` : "";
  return `<tr><td class="cb-token">${escapeHtml(visibleToken(String(row.token)))}</td>${meaning}` +
    `<td class="cb-number">${formatNumber(value)}</td><td>${bar}</td></tr>`;
}

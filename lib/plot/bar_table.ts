import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { isTable, numberIn, type Row, rowsOf, type Table } from "../table/plain_rows.ts";
import { escapeHtml, formatNumber, visibleToken } from "./parts/text.ts";

/**
 * Tokens with their scores as bars, best first as the table has them; several tables by name stand side by side.
 *
 * Tables have the columns `token` and `score` (or another, named by `score`); `gloss` names a column with a translation. Bars of
 * tables side by side have one scale.
 *
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(plot.barTable({ "W[0]": [{ token: "错误", score: 0.4, english: "error" }] }, { gloss: "english" }).html.includes("error"));
 * ```
 */
export function barTable(
  tables: Table | Readonly<Record<string, Table>>,
  { score = "score", gloss, title, caption }: Captions & { score?: string; gloss?: string } = {},
): Drawing {
  const needed = ["token", score, ...(gloss ? [gloss] : [])];
  const lists = (isTable(tables) ? [["", tables] as const] : Object.entries(tables)).map((
    [name, source],
  ) => ({
    name,
    rows: rowsOf(source, needed),
  }));
  const scores = lists.flatMap(({ rows }) => rows.map((row) => numberIn(row, score))).filter(
    Number.isFinite,
  );
  const low = Math.min(0, ...scores);
  const high = Math.max(0, ...scores);
  const bodies = lists.map(({ name, rows }) => {
    const lines = rows.map((row) => line(row, { score, gloss, low, high })).join("");
    const heads = ["token", ...(gloss ? [gloss] : []), score].map((head) =>
      `<th scope="col"${head === score ? ' class="cb-number"' : ""}>${escapeHtml(head)}</th>`
    )
      .join("");
    const above = name ? `<div class="cb-title">${escapeHtml(name)}</div>` : "";
    return `<div>${above}<table><thead><tr>${heads}<th></th></tr></thead><tbody>${lines}</tbody></table></div>`;
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

function line(
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

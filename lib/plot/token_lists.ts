import { z } from "zod";
import { anything, checkOptions, names } from "../base/options.ts";
import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { escapeHtml, visibleToken } from "./parts/text.ts";

/** Options of {@link tokenLists}. */
export interface TokenListsOptions extends Captions {
  /** The columns whose values make the groups; they stand in front of each list. */
  readonly by: readonly string[];
  /**
   * The column with a translation, shown in brackets where it is not empty. Default: none is shown.
   */
  readonly gloss?: string;
  /** The heading of the lists. Default "tokens". */
  readonly name?: string;
}

const OPTIONS = z.strictObject({
  by: names,
  gloss: anything,
  name: anything,
  title: anything,
  caption: anything,
});

/**
 * Returns lists of tokens, one for each group of rows, such as the nearest neighbours of several
 * directions. Tokens keep the order of the rows.
 *
 * @param table a table with the column `token` and the columns of the groups.
 * @param options the columns of the groups, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = [{ layer: 6, token: "失败", english: "failure" }, { layer: 6, token: " bad" }];
 * const lists = plot.tokenLists(table, { by: ["layer"], gloss: "english" });
 * assertEquals(lists.text, "layer 6: 失败 (failure), ·bad");
 * ```
 */
export function tokenLists(table: Table, options: TokenListsOptions): Drawing {
  checkOptions(options, OPTIONS, "tokenLists");
  const { by, gloss, name = "tokens", ...captions } = options;
  const rows = rowsWith(table, ["token", ...by, ...(gloss ? [gloss] : [])]);
  const groups = [
    ...Map.groupBy(rows, (row) => JSON.stringify(by.map((column) => row[column]))).values(),
  ];
  const head = [...by, name].map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join("");
  const body = groups.map((members) => {
    const own = by.map((column) => `<td>${escapeHtml(String(members[0][column]))}</td>`).join("");
    return `<tr>${own}<td style="max-width:46em">${
      members.map((row) => html(row, gloss)).join(", ")
    }</td></tr>`;
  });
  const text = groups.map((members) =>
    `${by.map((column) => `${column} ${members[0][column]}`).join(", ")}: ` +
    members.map((row) =>
      [visibleToken(String(row.token)), bracketed(row, gloss)].filter(Boolean).join(" ")
    ).join(", ")
  );
  const drawn = `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
  return new Drawing(framed(drawn, captions), text.join("\n"));
}

function html(row: Row, gloss: string | undefined): string {
  const meaning = bracketed(row, gloss);
  const token = `<span class="cb-token">${escapeHtml(visibleToken(String(row.token)))}</span>`;
  return meaning ? `${token} <span class="cb-soft">${escapeHtml(meaning)}</span>` : token;
}

function bracketed(row: Row, gloss: string | undefined): string {
  const meaning = gloss ? String(row[gloss] ?? "") : "";
  return meaning && `(${meaning})`;
}

import { checkArguments, is } from "../base/arguments.ts";
import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { escapeHtml, formatNumber, grouped, visibleToken } from "./parts/text.ts";

const NUMBER = ' class="cb-number"';

/** How a column is written: a share in per cent, a token with visible spaces, plain text, or by a function. */
export type ColumnFormat = "percent" | "token" | "text" | ((value: unknown) => string);

/** Options of {@link table}. */
export interface TableOptions extends Captions {
  /**
   * Formats by the name of the column. Default: all numbers of a column have the same number of decimals, and
   * a column named `token` or `…_token` holds tokens.
   */
  formats?: Readonly<Record<string, ColumnFormat>>;
  /** How many rows are drawn. Default 50. */
  most?: number;
}

/**
 * Returns a drawn table with rounded, aligned numbers and readable tokens. The unrounded data is included as a
 * data resource (`application/vnd.dataresource+json`).
 *
 * @param source a polars frame or a list of rows.
 * @param options formats, how many rows are drawn, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if there are no rows.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const neighbours = [{ token: " wrong", score: 0.41234 }, { token: "错误", score: 0.4 }];
 * assert(plot.table(neighbours, { caption: "Nearest to W[0]" }).html.includes("·wrong"));
 * ```
 */
export function table(source: Table, options: TableOptions = {}): Drawing {
  checkArguments("table", { options: [options, is.object] });

  const { formats = {}, most = 50, ...captions } = options;
  const rows = rowsWith(source);
  const columns = Object.keys(rows[0]).map((name) => columnOf(name, rows, formats[name]));
  const head = columns.map(({ name, type }) =>
    `<th scope="col"${type === "number" ? NUMBER : ""}>${escapeHtml(name)}</th>`
  ).join("");
  const body = rows.slice(0, most).map((row) =>
    `<tr>${
      columns.map(({ name, cls, write }) => `<td${cls}>${escapeHtml(write(row[name]))}</td>`).join(
        "",
      )
    }</tr>`
  );
  const rest = rows.length > most
    ? `<div class="cb-soft">… ${formatNumber(rows.length - most)} more rows</div>`
    : "";
  const html = `<table><thead><tr>${head}</tr></thead><tbody>${
    body.join("")
  }</tbody></table>${rest}`;
  const text = [
    columns.map(({ name }) => name),
    ...rows.slice(0, most).map((row) => columns.map(({ name, write }) => write(row[name]))),
  ];
  return new Drawing(framed(html, captions), text.map((cells) => cells.join("\t")).join("\n"), {
    "application/vnd.dataresource+json": {
      data: rows.map(plain),
      schema: { fields: columns.map(({ name, type }) => ({ name, type })) },
    },
  });
}

interface Column {
  name: string;
  type: "number" | "string";
  /** The class attribute of its cells. */
  cls: string;
  write(value: unknown): string;
}

function columnOf(name: string, rows: readonly Row[], given?: ColumnFormat): Column {
  const values = rows.map((row) => row[name]).filter((value) =>
    value !== null && value !== undefined
  );
  const numeric = values.length > 0 &&
    values.every((value) => typeof value === "number" || typeof value === "bigint");
  const type = numeric ? "number" : "string";
  const format = given ?? (/(^|_| )tokens?$/i.test(name) && !numeric ? "token" : undefined);
  const write = typeof format === "function"
    ? format
    : writer(format, numeric ? values.map(Number) : undefined);
  const cls = numeric ? NUMBER : format === "token" ? ' class="cb-token"' : "";
  return {
    name,
    type,
    cls,
    write: (value) => value === null || value === undefined ? "" : write(value),
  };
}

function writer(
  format: "percent" | "token" | "text" | undefined,
  numbers: readonly number[] | undefined,
): (value: unknown) => string {
  if (format === "token") {
    return (value) =>
      Array.isArray(value)
        ? value.map((one) => visibleToken(String(one))).join(", ")
        : visibleToken(String(value));
  }
  if (format === "percent") return (value) => `${formatNumber(Number(value) * 100)} %`;
  if (numbers && format !== "text") return numberWriter(numbers);
  return (value) => Array.isArray(value) ? value.map(words).join(", ") : words(value);
}

/** Writes all numbers of a column with the decimals that give the largest number three significant digits. */
function numberWriter(numbers: readonly number[]): (value: unknown) => string {
  const finite = numbers.filter(Number.isFinite);
  if (finite.every(Number.isInteger)) return (value) => formatNumber(Number(value));
  const largest = finite.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const decimals = Math.min(6, Math.max(0, 3 - Math.ceil(Math.log10(largest))));
  return (value) => {
    const number = Number(value);
    const fixed = Math.abs(number).toFixed(decimals);
    const vanishes = number !== 0 && Number(fixed) === 0;
    if (!Number.isFinite(number) || vanishes) return formatNumber(number);
    return `${number < 0 ? "−" : ""}${grouped(fixed)}`;
  };
}

function words(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return formatNumber(Number(value));
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" && value !== null ? JSON.stringify(plain(value)) : String(value);
}

/** The value as JSON can hold it: big integers become numbers. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? Number(inner) : inner),
  );
}

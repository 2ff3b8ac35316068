import { checkArguments, is } from "../base/arguments.ts";
import { type Frame, isFrame } from "../base/frame.ts";
import { type Captions, Drawing, framed } from "./parts/drawing.ts";
import { type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { pagedTable } from "./parts/pages.ts";
import { escapeHtml, formatNumber, visibleToken } from "./parts/text.ts";
import { counted } from "../base/formats.ts";

const NUMBER = ' class="cb-number"';

/** Element types whose short word is not their name in small letters. */
const SHORT_TYPES: Readonly<Record<string, string>> = { Utf8: "str", String: "str" };

/**
 * Decimals that are made up for by spaces, so that the decimal points of a column stand below each
 * other.
 */
const MOST_PADDING = 4;

/**
 * The most characters to which a column of the plain text is padded; a longer cell shifts the cells
 * to its right.
 */
const MOST_FILLED = 40;

/**
 * How a column is written: a share in per cent, a token with visible spaces, plain text, or by a
 * function.
 */
export type ColumnFormat = "percent" | "token" | "text" | ((value: unknown) => string);

/** Options of {@link table}. */
export interface TableOptions extends Captions {
  /**
   * Formats by the name of the column. Default: numbers have three significant digits, and a column
   * named `token` or `…_token` holds tokens.
   */
  formats?: Readonly<Record<string, ColumnFormat>>;
  /**
   * How many rows the drawing holds, in pages of 25. Default 250. Only these rows are stored in a
   * notebook.
   */
  most?: number;
  /**
   * Whether the element types of the columns and the number of rows and columns are shown, also of
   * a frame without rows. Default false.
   */
  schema?: boolean;
}

/**
 * Returns a drawn table with rounded, aligned numbers and readable tokens. The unrounded values of
 * the drawn rows are included as a data resource (`application/vnd.dataresource+json`).
 *
 * @param source a polars frame or a list of rows.
 * @param options formats, how many rows are drawn, whether types are shown, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if there are no rows, unless the schema of a frame is shown.
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

  const { formats = {}, most = 250, schema = false, ...captions } = options;
  const types = schema && isFrame(source) ? typesOf(source) : undefined;
  const isEmpty = types !== undefined && (source as Frame).height === 0;
  const { rows, height } = isEmpty ? { rows: [], height: 0 } : firstRows(source, most);
  const names = Object.keys(rows[0] ?? types ?? {});
  const columns = names.map((name) => drawnColumn(name, rows, formats[name]));
  const head = columns.map(({ name, type }) => {
    const below = types === undefined
      ? ""
      : `<div class="cb-soft">${escapeHtml(types[name])}</div>`;
    return `<th scope="col"${type === "number" ? NUMBER : ""}>${escapeHtml(name)}${below}</th>`;
  }).join("");
  const written = rows.map((row) => columns.map(({ name, write }) => write(row[name])));
  const cells = written.map((texts) =>
    `<tr>${
      columns.map(({ cls, align }, i) => `<td${cls}>${escapeHtml(align(texts[i]))}</td>`).join("")
    }</tr>`
  );
  const size = `${counted(height, "row")} × ${counted(columns.length, "column")}`;
  const notes = [
    ...schema ? [size] : [],
    ...height > rows.length
      ? [
        `… ${
          counted(height - rows.length, "more row")
        }; slice(${rows.length}, ${most}) has the next`,
      ]
      : [],
  ];
  const below = notes.length > 0 ? `<div class="cb-soft">${notes.join("; ")}</div>` : "";
  const html = pagedTable(`<thead><tr>${head}</tr></thead>`, cells) + below;
  const heads = [names, ...types === undefined ? [] : [names.map((name) => types[name])]];
  const text = alignedText(columns, [...heads, ...written]);
  return new Drawing(framed(html, captions), [...text, ...notes].join("\n"), {
    "application/vnd.dataresource+json": {
      data: rows.map(plain),
      schema: { fields: columns.map(({ name, type }) => ({ name, type })) },
    },
  });
}

/**
 * Returns one text for each line of cells, padded into columns: numbers are aligned right, other
 * cells left.
 */
function alignedText(columns: readonly Column[], lines: readonly string[][]): string[] {
  const widths = columns.map((_, i) =>
    Math.min(MOST_FILLED, Math.max(...lines.map((cells) => [...cells[i]].length)))
  );
  return lines.map((cells) =>
    cells.map((cell, i) => {
      const space = " ".repeat(Math.max(0, widths[i] - [...cell].length));
      return columns[i].type === "number" ? space + cell : cell + space;
    }).join("  ").trimEnd()
  );
}

/**
 * Returns the first rows of a table, and the number of all its rows. A long frame is not turned
 * into objects as a whole.
 */
function firstRows(source: Table, most: number): { rows: readonly Row[]; height: number } {
  if (!isFrame(source)) {
    const rows = rowsWith(source);
    return { rows: rows.slice(0, most), height: rows.length };
  }
  return { rows: rowsWith(source.limit?.(most) ?? source).slice(0, most), height: source.height };
}

/** Returns the element types of a frame's columns in polars's own short words. */
function typesOf({ schema = {} }: Frame): Record<string, string> {
  return Object.fromEntries(
    Object.entries(schema).map(([name, { variant }]) => [
      name,
      SHORT_TYPES[variant] ??
        variant.toLowerCase().replace(/^(u?int|float)(\d+)$/, (_, kind, bits) => kind[0] + bits),
    ]),
  );
}

interface Column {
  name: string;
  type: "number" | "string";
  /** The class attribute of its cells. */
  cls: string;
  write(value: unknown): string;
  /**
   * Returns a written number with spaces in place of the decimals that other numbers of the column
   * have.
   */
  align(text: string): string;
}

/** Returns how a column is drawn: its type, and how its values are written and aligned. */
function drawnColumn(name: string, rows: readonly Row[], given?: ColumnFormat): Column {
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
    align: numeric && format === undefined ? aligner(values.map(write)) : (text) => text,
  };
}

/**
 * Returns a function that adds spaces as wide as digits to a number that has fewer decimals than
 * others.
 */
function aligner(texts: readonly string[]): (text: string) => string {
  const decimalsOf = (text: string) => /\.(\d+)$/.exec(text)?.[1].length ?? 0;
  const most = Math.min(MOST_PADDING, Math.max(0, ...texts.map(decimalsOf)));
  return (text) => {
    const decimals = decimalsOf(text);
    if (!/\d$/.test(text) || /e/.test(text) || decimals >= most) return text;
    // U+2008 is as wide as a point, U+2007 as a digit.
    return `${text}${decimals === 0 ? "\u2008" : ""}${"\u2007".repeat(most - decimals)}`;
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

/**
 * Writes whole numbers as they are; if a column has others, each number has three significant
 * digits.
 */
function numberWriter(numbers: readonly number[]): (value: unknown) => string {
  const whole = numbers.filter(Number.isFinite).every(Number.isInteger);
  return (value) => {
    const number = Number(value);
    const size = Math.abs(number);
    // "1.00" beside "0.143": a whole number among others has decimals, too.
    return !whole && Number.isInteger(number) && number !== 0 && size < 100
      ? `${number < 0 ? "−" : ""}${size.toPrecision(3)}`
      : formatNumber(number);
  };
}

function words(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return formatNumber(Number(value));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "no date" : value.toISOString();
  return typeof value === "object" && value !== null ? JSON.stringify(plain(value)) : String(value);
}

/** The value as JSON can hold it: big integers become numbers. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? Number(inner) : inner),
  );
}

import { completedCharacters } from "../parts/completed.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection, type Tensor } from "../../base/tensor.ts";
import { numberIn, type Row, rowsWith, type Table } from "../../table/plain_rows.ts";
import { checkList, checkTensor } from "../parts/checks.ts";
import { formatNumber, visibleToken } from "../parts/text.ts";
import { fitPatterns } from "./attention_fit.ts";
import { base64 } from "./bytes.ts";
import type { PatternShape } from "./browser/coder.ts";

/** The data of the attention viewer, as its code in the page reads it. */
export interface AttentionData {
  /** The number of each layer. */
  readonly layers: readonly number[];
  /** How many heads each layer has; heads count from 0. */
  readonly heads: number;
  /** How the patterns are coded. */
  readonly shape: PatternShape;
  /** The coded patterns of each layer, in base64. */
  readonly patterns: readonly string[];
  /**
   * The rows that hold a NaN, as alternating numbers: the first row of a run, then the length of
   * the run. Rows are numbered by layer, head and query.
   */
  readonly nanRows: readonly number[];
  /** The text of each token. */
  readonly pieces: readonly string[];
  /** The name of each token, with its invisible characters made visible. */
  readonly names: readonly string[];
  /** The names of the scores. */
  readonly columns: readonly string[];
  /** The scores of each head, by layer, then head; `null` if a head has no score. */
  readonly scores: readonly (readonly (number | null)[])[];
  /** The searchable words about each head: the columns of text in the table of scores. */
  readonly words: readonly string[];
  /** The index of the query whose row is shown first. */
  readonly query: number;
  /**
   * The index of the head that is shown large at first, by layer, then head; `null` for the head
   * with the highest score.
   */
  readonly head: number | null;
  /** The index of the score that sorts the thumbnails at first; `null` for the order of layers. */
  readonly orderBy: number | null;
  /** A sentence on what was left out. */
  readonly note: string;
}

/** The most characters of HTML that the data of a viewer may take. */
const BUDGET = 262_000;

/** Options of the attention viewer, captions aside. */
export interface AttentionOptions {
  /** A table with the columns `layer`, `head` and any scores. Columns of text can be searched. */
  scores?: Table;
  /** The position of each query. Default: the last positions of the text. */
  queries?: readonly number[];
  /** The number of each layer. Default: 0, 1, … */
  layers?: readonly number[];
  /**
   * The position of the query whose row is shown first; negative positions count from the end.
   * Default: the last query.
   */
  selected?: number;
  /**
   * The score that sorts the thumbnails at first, the highest score in front; the highest head is
   * shown large. Default: the order of layers.
   */
  orderBy?: string;
  /**
   * The head that is shown large at first. Default: the head with the highest score, or the first
   * head.
   */
  head?: readonly [layer: number, head: number];
}

/**
 * Returns patterns, text and scores, packed for the page.
 *
 * @throws CircuitbookError if axes, tokens, queries, scores or the first selection do not fit one
 * another.
 */
export function attentionData(
  patterns: Tensor,
  tokens: readonly string[],
  options: AttentionOptions,
): AttentionData {
  checkPatterns(patterns, tokens);
  const [layerCount, heads, queries, keys] = patterns.shape;
  const layers = options.layers ?? Array.from({ length: layerCount }, (_, layer) => layer);
  const positions = options.queries ??
    Array.from({ length: queries }, (_, query) => keys - queries + query);
  checkCount(layers, layerCount, "layers");
  checkCount(positions, queries, "queries");
  if (
    positions.some((position) => !Number.isInteger(position) || position < 0 || position >= keys)
  ) {
    throw new CircuitbookError(
      `Expected queries at positions 0 to ${keys - 1} but found ${positions.join(", ")}.`,
    );
  }
  const scored = headScores(options.scores, layers, heads);
  const texts = completedCharacters(tokens);
  const about = {
    layers,
    heads,
    nanRows: nanRuns(patterns),
    pieces: texts.map(piece),
    names: texts.map(visibleToken),
    ...scored,
    head: firstHead(options.head, layers, heads),
    query: firstQuery(options.selected, positions, keys),
    orderBy: firstOrder(options.orderBy, scored.columns),
  };
  const room = BUDGET - new TextEncoder().encode(JSON.stringify(about)).length;
  const fitted = fitPatterns(patterns, positions, room * 3 / 4);
  const { threshold, within } = fitted;
  const rounding = `Attention below ${threshold} is not shown; the rest is rounded, by at most ${
    formatNumber(within, 1)
  }.`;
  const note = about.nanRows.length ? `Magenta: rows that hold NaN. ${rounding}` : rounding;
  return { ...about, shape: fitted.shape, patterns: fitted.layers.map(base64), note };
}

/**
 * Returns the index of the head that is shown first.
 *
 * @throws CircuitbookError if there is no such
 * head.
 */
function firstHead(
  asked: readonly [layer: number, head: number] | undefined,
  layers: readonly number[],
  heads: number,
): number | null {
  if (asked === undefined) return null;
  const [layer, head] = asked;
  const place = layers.indexOf(layer);
  if (place >= 0 && Number.isInteger(head) && head >= 0 && head < heads) {
    return place * heads + head;
  }
  throw new CircuitbookError(
    `Expected "head" to be [layer, head] of the patterns but found [${layer}, ${head}].`,
  );
}

/** The rows of patterns that hold a NaN, as runs: first row and number of rows in turn. */
function nanRuns(patterns: Tensor): number[] {
  const keys = patterns.size("key");
  const runs: number[] = [];
  for (let row = 0; row * keys < patterns.data.length; row++) {
    if (!patterns.data.subarray(row * keys, (row + 1) * keys).includes(NaN)) continue;
    const last = runs.length - 2;
    if (last >= 0 && runs[last] + runs[last + 1] === row) runs[last + 1]++;
    else runs.push(row, 1);
  }
  return runs;
}

function checkPatterns(patterns: Tensor, tokens: readonly string[]): void {
  checkTensor(patterns, "attentionViewer");
  checkList(tokens, "tokens");
  if (patterns.axes.join() !== "layer,head,query,key" || patterns.data.length === 0) {
    throw new CircuitbookError(
      `Expected patterns [layer, head, query, key] but found ${patterns.describe()}; select one row of the batch, or stack the layers.`,
    );
  }
  if (tokens.length !== patterns.size("key")) {
    throw new CircuitbookError(
      `Expected ${patterns.size("key")} tokens, one per key, but found ${tokens.length}.`,
    );
  }
}

function checkCount(list: readonly number[], count: number, name: string): void {
  if (list.length === count) return;
  throw new CircuitbookError(
    `Expected ${count} ${name}, as in the patterns, but found ${list.length}.`,
  );
}

function firstQuery(
  selected: number | undefined,
  positions: readonly number[],
  keys: number,
): number {
  if (selected === undefined) return positions.length - 1;
  const query = positions.indexOf(resolveSelection(selected, keys, "selected position")[0]);
  if (query >= 0) return query;
  throw new CircuitbookError(
    `Expected "selected" to be one of the queries ${positions.join(", ")} but found ${selected}.`,
  );
}

function firstOrder(name: string | undefined, columns: readonly string[]): number | null {
  if (name === undefined) return null;
  if (columns.includes(name)) return columns.indexOf(name);
  const known = columns.length ? columns.join(", ") : "none";
  throw new CircuitbookError(
    `Expected "orderBy" to be a column of numbers in the scores (${known}) but found "${name}".`,
  );
}

/**
 * The text of a token. Invisible characters are made visible, and a line break also breaks the
 * line.
 */
function piece(token: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(token)
    ? token
    : visibleToken(token).replaceAll("·", " ").replaceAll("↵", "↵\n");
}

/** The scores of each head by column, and the columns of text as words to search in. */
function headScores(
  table: Table | undefined,
  layers: readonly number[],
  heads: number,
): Pick<AttentionData, "columns" | "scores" | "words"> {
  const rows = table ? rowsWith(table, ["layer", "head"]) : [];
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== "layer" && name !== "head");
  const isText = (name: string) =>
    rows.some((row) => typeof row[name] === "string" || Array.isArray(row[name]));
  const columns = names.filter((name) => !isText(name));
  const texts = names.filter(isText);
  const byHead = new Map(
    rows.map((row) => [`${numberIn(row, "layer")},${numberIn(row, "head")}`, row]),
  );
  const inOrder = layers.flatMap((layer) =>
    Array.from({ length: heads }, (_, head) => byHead.get(`${layer},${head}`))
  );
  return {
    columns,
    scores: inOrder.map((row) => columns.map((name) => scoreOf(row?.[name]))),
    words: texts.length ? inOrder.map((row) => row ? wordsOf(row, texts) : "") : [],
  };
}

function wordsOf(row: Row, columns: readonly string[]): string {
  return columns.map((name) => [row[name] ?? ""].flat().join(" ")).filter(Boolean).join(", ");
}

/** A score with four significant digits, enough to sort and to read; true is 1, false is 0. */
function scoreOf(value: unknown): number | null {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return null;
  return Number(Number(value).toPrecision(4));
}

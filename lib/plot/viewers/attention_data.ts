import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection, type Tensor } from "../../base/tensor.ts";
import { numberIn, type Row, rowsOf, type Table } from "../../table/plain_rows.ts";
import { formatNumber, visibleToken } from "../parts/text.ts";
import { fitPatterns } from "./attention_fit.ts";
import { base64 } from "./bytes.ts";
import type { PatternShape } from "./browser/coder.ts";

/** What the attention viewer's code in the page draws. */
export interface AttentionData {
  /** The number of each layer; heads count from 0. */
  readonly layers: readonly number[];
  readonly heads: number;
  readonly shape: PatternShape;
  /** The coded patterns of each layer. */
  readonly patterns: readonly string[];
  /** The text, token by token, as it is read; and each token's name, with its invisible characters. */
  readonly pieces: readonly string[];
  readonly names: readonly string[];
  /** Names of the scores. */
  readonly columns: readonly string[];
  /** Each head's scores, by layer, then head; `null` where there is none. */
  readonly scores: readonly (readonly (number | null)[])[];
  /** Words about each head, to search in: columns of the scores' table that hold text. */
  readonly words: readonly string[];
  /** Index of the query whose row is shown first. */
  readonly query: number;
  /** Index of the score that the thumbnails are ordered by at first; `null` when they go by layer. */
  readonly orderBy: number | null;
  /** What was left out, in a sentence. */
  readonly note: string;
}

/** How many characters of HTML the viewer may take besides its own code. */
const BUDGET = 262_000;

/** The parts of {@link AttentionData} that the caller chooses. */
export interface AttentionOptions {
  scores?: Table;
  queries?: readonly number[];
  layers?: readonly number[];
  /** The position of the query whose row is shown first; negative counts from the end. Default: that of the last query. */
  selected?: number;
  /** The score that the thumbnails are ordered by at first, the highest in front. Default: they go by layer. */
  orderBy?: string;
}

/**
 * Patterns, text and scores, packed for the page.
 *
 * @throws CircuitbookError when axes, tokens, queries, scores or what is shown first do not fit one another.
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
  const about = {
    layers,
    heads,
    pieces: tokens.map(piece),
    names: tokens.map(visibleToken),
    ...scored,
    query: firstQuery(options.selected, positions, keys),
    orderBy: firstOrder(options.orderBy, scored.columns),
  };
  const room = BUDGET - new TextEncoder().encode(JSON.stringify(about)).length;
  const fitted = fitPatterns(patterns, positions, room * 3 / 4);
  const { threshold, within } = fitted;
  const note = `Attention below ${threshold} is not shown; the rest is rounded, by at most ${
    formatNumber(within, 1)
  }.`;
  return { ...about, shape: fitted.shape, patterns: fitted.layers.map(base64), note };
}

function checkPatterns(patterns: Tensor, tokens: readonly string[]): void {
  if (patterns.axes.join() !== "layer,head,query,key" || patterns.data.length === 0) {
    throw new CircuitbookError(
      `Expected patterns [layer, head, query, key] but found ${patterns.describe()}; slice one example, or stack the layers.`,
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
    `Expected ${count} ${name}, as many as the patterns have, but found ${list.length}.`,
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

/** A token as it stands in a text; line breaks are drawn and broken. */
function piece(token: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(token)
    ? token
    : visibleToken(token).replaceAll("·", " ").replaceAll("↵", "↵\n");
}

/** The scores of each head by column; columns of text become words to search in. */
function headScores(
  table: Table | undefined,
  layers: readonly number[],
  heads: number,
): Pick<AttentionData, "columns" | "scores" | "words"> {
  const rows = table ? rowsOf(table, ["layer", "head"]) : [];
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

/** Four digits are enough to sort by and to read; flags are 1 and 0. */
function scoreOf(value: unknown): number | null {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return null;
  return Number(Number(value).toPrecision(4));
}

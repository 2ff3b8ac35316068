/** The attention viewer in the page: its data and its selection. @module */
import { formatNumber } from "../../parts/text.ts";
import type { AttentionData } from "../attention_data.ts";
import { bitReader, codePattern } from "./coder.ts";
import { bytesOf } from "./page.ts";

/** The data with the colours of attention and of NaN. */
export type PageData = AttentionData & {
  readonly blue: readonly [number, number, number];
  readonly magenta: readonly [number, number, number];
};

/** The data of the attention viewer and its selection. */
export interface AttentionState {
  readonly data: PageData;
  /** The thumbnail of each head, by layer, then head. */
  readonly thumbnails: readonly HTMLElement[];
  /** The rows that hold a NaN, numbered by layer, head and query. */
  readonly nanRows: ReadonlySet<number>;
  /** The decoded levels [head, query, key] of the layers that were used last. */
  readonly decoded: Map<number, Uint8Array>;
  /** The heads whose thumbnails are shown, in order. */
  order: number[];
  /** The head that is shown large. */
  head: number;
  /** The thumbnail that Tab reaches. */
  reached: number;
  /** The index of the query whose row is shown. */
  query: number;
  /** Whether the shown row stays while the pointer moves on. */
  kept: boolean;
}

/**
 * Returns the levels of a layer [head, query, key]. They are decoded on demand and kept for the
 * last eight layers.
 */
export function layerLevels(state: AttentionState, layer: number): Uint8Array {
  const known = state.decoded.get(layer);
  if (known) return known;
  const { shape, heads, patterns } = state.data;
  const cells = shape.positions.length * shape.keys;
  const levels = new Uint8Array(heads * cells);
  const read = bitReader(bytesOf(patterns[layer]));
  for (let head = 0; head < heads; head++) {
    codePattern(read, levels.subarray(head * cells, (head + 1) * cells), shape);
  }
  if (state.decoded.size >= 8) state.decoded.delete([...state.decoded.keys()][0]);
  state.decoded.set(layer, levels);
  return levels;
}

/** Returns the levels of one head [query, key]. */
export function headLevels(state: AttentionState, head: number): Uint8Array {
  const { heads, shape } = state.data;
  const cells = shape.positions.length * shape.keys;
  const own = head % heads;
  return layerLevels(state, Math.floor(head / heads)).subarray(own * cells, (own + 1) * cells);
}

/** Returns the numbers of the rows that hold a NaN, from the runs in the data. */
export function nanRowsOf({ nanRows }: AttentionData): Set<number> {
  const rows = new Set<number>();
  for (let i = 0; i < nanRows.length; i += 2) {
    for (let row = 0; row < nanRows[i + 1]; row++) rows.add(nanRows[i] + row);
  }
  return rows;
}

/** Returns whether the row of a query of a head holds a NaN. */
export function isNanRow(state: AttentionState, head: number, query: number): boolean {
  return state.nanRows.has(head * state.data.shape.positions.length + query);
}

/**
 * Returns the attention of a query in the head that is shown large, by key; NaN throughout if the
 * row holds a NaN.
 */
export function rowOf(state: AttentionState, query: number): number[] {
  const { keys, values, causal, positions } = state.data.shape;
  if (isNanRow(state, state.head, query)) {
    return Array.from({ length: keys }, (_, key) => causal && key > positions[query] ? 0 : NaN);
  }
  return Array.from(
    headLevels(state, state.head).subarray(query * keys, (query + 1) * keys),
    (level) => values[level],
  );
}

/** Returns the name of a head: "L3H2". */
export function headName({ data }: AttentionState, head: number): string {
  return `L${data.layers[Math.floor(head / data.heads)]}H${head % data.heads}`;
}

/** Returns the scores and words of a head: "induction 0.43, previous 0.1". */
export function scoresInWords({ data }: AttentionState, head: number): string {
  const told = data.columns.map((column, i) => {
    const score = data.scores[head][i];
    return score === null ? "" : `${column} ${formatNumber(score)}`;
  });
  return [...told, data.words[head]].filter(Boolean).join(", ");
}

/** Returns a token with its position: "·( (12)". */
export function tokenAt({ data }: AttentionState, position: number): string {
  return `${data.names[position]} (${position})`;
}

/** The attention viewer in the page: what it knows and shows. @module */
import { formatNumber } from "../../parts/text.ts";
import type { AttentionData } from "../attention_data.ts";
import { bitReader, codePattern } from "./coder.ts";
import { bytesOf } from "./page.ts";

/** The data with the colour of attention. */
export type PageData = AttentionData & { readonly blue: readonly [number, number, number] };

/** What the attention viewer knows and shows. */
export interface AttentionState {
  readonly data: PageData;
  /** Each head's thumbnail, by layer, then head. */
  readonly thumbnails: readonly HTMLElement[];
  /** The decoded levels of the layers looked at last, [head, query, key] each. */
  readonly decoded: Map<number, Uint8Array>;
  /** The heads whose thumbnails are shown, in order. */
  order: number[];
  /** The large one. */
  head: number;
  /** The thumbnail that Tab reaches. */
  reached: number;
  /** Index of the query whose row is shown, and whether it stays while the pointer moves on. */
  query: number;
  kept: boolean;
}

/** The levels of a layer's heads [head, query, key]: decoded when they are needed, and kept for the last eight layers. */
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

/** The levels of one head [query, key]. */
export function headLevels(state: AttentionState, head: number): Uint8Array {
  const { heads, shape } = state.data;
  const cells = shape.positions.length * shape.keys;
  const own = head % heads;
  return layerLevels(state, Math.floor(head / heads)).subarray(own * cells, (own + 1) * cells);
}

/** The attention of the large head's query, by key. */
export function rowOf(state: AttentionState, query: number): number[] {
  const { keys, values } = state.data.shape;
  return Array.from(
    headLevels(state, state.head).subarray(query * keys, (query + 1) * keys),
    (level) => values[level],
  );
}

/** "L3H2". */
export function headName({ data }: AttentionState, head: number): string {
  return `L${data.layers[Math.floor(head / data.heads)]}H${head % data.heads}`;
}

/** "induction 0.43, previous 0.1": a head's scores and words. */
export function scoresInWords({ data }: AttentionState, head: number): string {
  const told = data.columns.map((column, i) => {
    const score = data.scores[head][i];
    return score === null ? "" : `${column} ${formatNumber(score)}`;
  });
  return [...told, data.words[head]].filter(Boolean).join(", ");
}

/** "·( (12)": a token by its position. */
export function tokenAt({ data }: AttentionState, position: number): string {
  return `${data.names[position]} (${position})`;
}

import type { Value } from "../../onnx/graph.ts";
import type { Layout } from "./layout.ts";

/** The graph inputs that attention reads, written once for all layers. */
export interface AttentionInputs {
  /** f32 [batch or 1, 1, position, key]: 0 where a token may look, -Infinity where not. */
  readonly bias?: Value;
  /** The same for the queries that go on, where the others are not asked for: f32 [batch or 1, 1, kept position, key]. */
  readonly keptBias: Value;
  /** Angles of the rotary embedding, f32 [position id, d_head / 2]. */
  readonly cos?: Value;
  readonly sin?: Value;
  /** Keys and values of the positions before the first that is computed, f32 [batch, kv_head, position, d_head], a pair for each layer. */
  readonly past?: readonly KeysValues[];
  /** The same while a text is being written. */
  readonly buffers?: BufferInputs;
}

/** Keys and values of a layer. */
export type KeysValues = readonly [keys: Value, values: Value];

/** Keys and values of earlier tokens while a text is being written. */
export interface BufferInputs {
  /** f32 [batch, kv_head, capacity, d_head], a pair for each layer; only the start is filled. */
  readonly past: readonly KeysValues[];
  /** int64 [1]: how many keys there are before this pass, and after it. */
  readonly start: Value;
  readonly end: Value;
  /** For the fused operator: int32 [batch], index of the last key; and int32 [], how many keys there are. */
  readonly lastKey: Value;
  readonly keyCount: Value;
}

/** Queries, keys and values of a pass, [batch × position, head × d_head], before the rotary embedding. */
export type QueriesKeysValues = readonly [queries: Value, keys: Value, values: Value];

/** The positions whose queries are asked for: all, or those that go on. */
export interface QueryPositions {
  readonly layout: Layout;
  /** int64 [batch, position]. */
  readonly positionIds: Value;
  readonly bias?: Value;
}

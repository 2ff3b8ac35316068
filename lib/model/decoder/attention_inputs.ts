import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture, Rope } from "../plan/architecture.ts";
import { INPUT_NAMES } from "../plan/graph_names.ts";
import type { Layout } from "./layout.ts";

/** The graph inputs that attention reads, shared by all layers. */
export interface AttentionInputs {
  /**
   * f32 [batch or 1, 1, position, key]: 0 if the query may attend to the key, else -Infinity.
   * Undefined if every layer is fused and no row is padded.
   */
  readonly bias?: Value;
  /** The bias of the kept queries alone, f32 [batch or 1, 1, kept position, key]. */
  readonly keptBias: Value;
  /** The same inputs for layers with a sliding window; undefined in models without one. */
  readonly local?: Pick<AttentionInputs, "bias" | "keptBias" | "cos" | "sin">;
  /** Cosines of the rotary embedding's angles, f32 [position id, d_head / 2]. */
  readonly cos?: Value;
  /** Sines of the rotary embedding's angles, f32 [position id, d_head / 2]. */
  readonly sin?: Value;
  /**
   * For each layer the keys and values, f32 [batch, kv_head, position, d_head], of the positions
   * before the first that is computed. Undefined if a run starts at the first position.
   */
  readonly past?: readonly KeysValues[];
  /**
   * The keys and values of the positions before `past`, which no pass returns. Undefined if there
   * are none.
   */
  readonly settled?: {
    /** For each layer, f32 [batch, kv_head, position, d_head]. */
    readonly layers: readonly KeysValues[];
    /** int64 [1]: the number of these positions. */
    readonly count: Value;
  };
  /** Whether `past`, followed by the keys and values of this pass, is an output of the graph. */
  readonly returnsPresent: boolean;
  /**
   * How many keys there are, if a pass writes keys and values into `past`, which has room for more.
   * Undefined if the graph returns new keys and values instead.
   */
  readonly counts?: {
    /** int32 []: the number of keys, those of this pass included. */
    readonly keyCount: Value;
    /** int32 [1]: the index of the last key. */
    readonly lastKey: Value;
  };
}

/**
 * Returns the inputs of one layer: a layer with a sliding window has its own mask, and may have its
 * own angles.
 */
export function inputsOfLayer(
  inputs: AttentionInputs,
  { window }: Architecture,
  layer: number,
): AttentionInputs {
  return window?.layers[layer] ? { ...inputs, ...inputs.local } : inputs;
}

/** The cosines and sines of a rotary embedding; both undefined in models without one. */
export type AngleInputs = Pick<AttentionInputs, "cos" | "sin">;

/** Declares the graph inputs with the angles of the rotary embedding. */
export function angleInputs(graph: Graph, { rope, headSize }: Architecture): AngleInputs {
  return {
    cos: anglesOf(graph, INPUT_NAMES.cos, rope, headSize),
    sin: anglesOf(graph, INPUT_NAMES.sin, rope, headSize),
  };
}

/**
 * Declares the graph inputs with the angles of layers with a sliding window. The result is empty
 * where those layers rotate as all others do, so that it hides no input of the others.
 */
export function localAngleInputs(
  graph: Graph,
  { localRope, headSize }: Architecture,
): AngleInputs {
  if (!localRope) return {};
  return {
    cos: anglesOf(graph, INPUT_NAMES.localCos, localRope, headSize),
    sin: anglesOf(graph, INPUT_NAMES.localSin, localRope, headSize),
  };
}

function anglesOf(
  graph: Graph,
  name: string,
  rope: Rope | undefined,
  headSize: number,
): Value | undefined {
  return rope && graph.input(name, "float32", ["angle", (rope.dims ?? headSize) / 2]);
}

/** The keys and the values of a layer. */
export type KeysValues = readonly [keys: Value, values: Value];

/**
 * The queries, keys and values of a pass, [batch × position, head × d_head], before the rotary
 * embedding.
 */
export type QueriesKeysValues = readonly [queries: Value, keys: Value, values: Value];

/** The positions whose queries are computed: all, or the kept ones. */
export interface QueryPositions {
  readonly layout: Layout;
  /** int64 [batch, position]. */
  readonly positionIds: Value;
  /** f32 [batch or 1, 1, position, key]; undefined if the fused operator masks by itself. */
  readonly bias?: Value;
}

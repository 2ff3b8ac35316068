import type { Value } from "../onnx/graph.ts";
import type { LayerWeights } from "./architecture.ts";
import { fusedNorm } from "./norm.ts";
import { type DecoderWriter, linear } from "./writer.ts";

/** The graph inputs that attention reads, written once for all layers. */
export interface AttentionInputs {
  /** f32 [batch or 1, 1, position, key]: 0 where a token may look, -Infinity where not. */
  readonly bias?: Value;
  /** Angles of the rotary embedding, f32 [position id, d_head / 2]. */
  readonly cos?: Value;
  readonly sin?: Value;
  /** For the fused operator: int32 [batch], index of the last key; and int32 [], how many keys there are. */
  readonly lastKey?: Value;
  readonly keyCount?: Value;
  readonly cache?: CacheInputs;
}

/** Keys and values of earlier tokens. */
export interface CacheInputs {
  /** f32 [batch, kv_head, capacity, d_head], a pair for each layer; only the start is filled. */
  readonly past: readonly (readonly [keys: Value, values: Value])[];
  /** int64 [1]: how many keys there are before this pass, and after it. */
  readonly start: Value;
  readonly end: Value;
}

/** The output of attention and the keys and values that this pass adds, [batch, kv_head, position, d_head]. */
export interface AttentionOutput {
  readonly z: Value;
  readonly fresh: readonly [keys: Value, values: Value];
}

/** Whether a layer's attention may run as one operator: nothing inside it is asked for. */
export function canFuse({ hooks, architecture, fusedAttention }: DecoderWriter, layer: number): boolean {
  const path = `blocks.${layer}.attn`;
  return fusedAttention && architecture.headSize % 16 === 0 &&
    !hooks.wants(`${path}.hook_attn_scores`, `${path}.hook_pattern`);
}

/**
 * Causal self-attention of a layer, up to and including `hook_z` [batch × position, head × d_head].
 *
 * @param input [batch × position, d_model], normalised.
 */
export function attention(
  writer: DecoderWriter,
  layer: number,
  input: Value,
  weights: LayerWeights,
  inputs: AttentionInputs,
): AttentionOutput {
  const path = `blocks.${layer}.attn`;
  return writer.graph.scope(path, () => {
    const [q, k, v] = queriesKeysValues(writer, path, input, weights);
    const output = canFuse(writer, layer)
      ? fusedAttention(writer, path, layer, [q, k, v], inputs)
      : explicitAttention(writer, path, layer, [q, k, v], inputs);
    return { ...output, z: writer.hooks.at(`${path}.hook_z`, output.z) };
  });
}

/** Queries, keys and values as [batch × position, head × d_head], before the rotary embedding. */
function queriesKeysValues(
  writer: DecoderWriter,
  path: string,
  input: Value,
  weights: LayerWeights,
): [Value, Value, Value] {
  const { graph, architecture, hooks } = writer;
  const { heads, kvHeads, headSize, norm } = architecture;
  const [q, k, v] = weights.qkv
    ? graph.nodeWithOutputs(
      "Split",
      [linear(writer, input, weights.qkv), graph.integers(heads * headSize, kvHeads * headSize, kvHeads * headSize)],
      ["float32", "float32", "float32"],
      { axis: 1 },
    )
    : [linear(writer, input, weights.q!), linear(writer, input, weights.k!), linear(writer, input, weights.v!)];
  const perHead = (value: Value, gain: string | undefined, count: number) =>
    gain && norm.kind !== "none"
      ? writer.layout.rows(
        fusedNorm(writer, writer.layout.rows(value, count, headSize), { weight: gain }, norm),
        count * headSize,
      )
      : value;
  return [
    perHead(hooks.at(`${path}.hook_q`, q), weights.qNorm, heads),
    perHead(hooks.at(`${path}.hook_k`, k), weights.kNorm, kvHeads),
    hooks.at(`${path}.hook_v`, v),
  ];
}

/**
 * ONNX Runtime's GroupQueryAttention: rotary embedding, cache, causal mask, softmax and weighted sum in one operator.
 * Padded rows are rotated outside: with a cache the operator takes the same positions for every row (seen in 1.30).
 */
function fusedAttention(
  writer: DecoderWriter,
  path: string,
  layer: number,
  [q, k, v]: readonly [Value, Value, Value],
  inputs: AttentionInputs,
): AttentionOutput {
  const { graph, architecture, hooks, layout, plan, positionIds } = writer;
  const { heads, kvHeads, headSize, rope } = architecture;
  const rotateInside = rope !== undefined && !plan.padded && !hooks.wants(`${path}.hook_rot_q`, `${path}.hook_rot_k`);
  const [rotQ, rotK] = rope && !rotateInside ? rotated(writer, path, q, k, inputs) : [q, k];
  const { cache } = inputs;
  const [past, pastValues] = cache?.past[layer] ?? [];
  const [z, keys, values] = graph.nodeWithOutputs(
    "GroupQueryAttention",
    [
      layout.withBatch(rotQ, heads * headSize),
      layout.withBatch(rotK, kvHeads * headSize),
      layout.withBatch(v, kvHeads * headSize),
      past,
      pastValues,
      inputs.lastKey,
      inputs.keyCount,
      rotateInside ? inputs.cos : undefined,
      rotateInside ? inputs.sin : undefined,
      rotateInside ? positionIds : undefined,
      inputs.bias,
    ],
    ["float32", "float32", "float32"],
    { num_heads: heads, kv_num_heads: kvHeads, do_rotary: rotateInside ? 1 : 0 },
    "com.microsoft",
  );
  const fresh = (all: Value) => cache ? keyRange(writer, all, cache.start, cache.end) : all;
  return { z: layout.rows(z, heads * headSize), fresh: [fresh(keys), fresh(values)] };
}

/** The keys or values [batch, kv_head, key, d_head] from `start` to `end`. */
function keyRange({ graph }: DecoderWriter, value: Value, start: Value, end: Value): Value {
  return graph.node("Slice", [value, start, end, graph.integers(2)]);
}

/** Attention operator by operator, so that everything inside can be tapped and edited. */
function explicitAttention(
  writer: DecoderWriter,
  path: string,
  layer: number,
  [q, k, v]: readonly [Value, Value, Value],
  inputs: AttentionInputs,
): AttentionOutput {
  const { graph, architecture, hooks, layout } = writer;
  const { heads, kvHeads, headSize, rope } = architecture;
  const [rotQ, rotK] = rope ? rotated(writer, path, q, k, inputs) : [q, k];
  const byHead = (value: Value, count: number) =>
    graph.node("Transpose", [layout.withBatch(value, count, headSize)], { perm: [0, 2, 1, 3] });
  const fresh = [byHead(rotK, kvHeads), byHead(v, kvHeads)] as const;
  const [keys, values] = fresh.map((now, kind) => withPast(writer, inputs.cache, layer, kind, now));
  // Each key/value head serves a group of neighbouring heads: their queries are stacked, and no key is repeated.
  const queries = byHead(rotQ, heads);
  const stacked = graph.node("Reshape", [queries, graph.integers(0, kvHeads, -1, headSize)]);
  const raw = graph.node("MatMul", [stacked, graph.node("Transpose", [keys], { perm: [0, 1, 3, 2] })]);
  const scaled = graph.node("Mul", [raw, graph.scalar(headSize ** -0.5)]);
  const scores = masked(writer, path, perQueryHead(writer, scaled, queries, keys), inputs.bias!);
  const pattern = hooks.at(`${path}.hook_pattern`, graph.node("Softmax", [scores], { axis: -1 }));
  const grouped = graph.node("Reshape", [pattern, shapeOf(writer, stacked, keys)]);
  const mixed = graph.node("Reshape", [
    graph.node("MatMul", [grouped, values]),
    graph.integers(0, heads, -1, headSize),
  ]);
  const z = layout.rows(graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), heads * headSize);
  return { z, fresh };
}

/** Keys (kind 0) or values (1) of this pass behind those of earlier ones. */
function withPast(
  writer: DecoderWriter,
  cache: CacheInputs | undefined,
  layer: number,
  kind: number,
  now: Value,
): Value {
  if (!cache) return now;
  const earlier = keyRange(writer, cache.past[layer][kind], writer.graph.integers(0), cache.start);
  return writer.graph.node("Concat", [earlier, now], { axis: 2 });
}

/**
 * Scores as [batch, head, query, key] with the mask. Edits act before the mask, which always holds; taps see it.
 * Without the first rule, scaling a score by 0 would make 0 × -Infinity of every masked one.
 */
function masked({ graph, hooks }: DecoderWriter, path: string, scores: Value, bias: Value): Value {
  const name = `${path}.hook_attn_scores`;
  const edited = hooks.edit(name, scores);
  const result = graph.node("Add", [edited, bias]);
  hooks.tap(name, result);
  return result;
}

function rotated(
  { graph, architecture, hooks, layout, positionIds }: DecoderWriter,
  path: string,
  q: Value,
  k: Value,
  { cos, sin }: AttentionInputs,
): [Value, Value] {
  const rotate = (value: Value, count: number) => {
    const features = count * architecture.headSize;
    const inputs = [layout.withBatch(value, features), positionIds, cos, sin];
    const attributes = { num_heads: count, interleaved: 0 };
    return layout.rows(graph.node("RotaryEmbedding", inputs, attributes, { domain: "com.microsoft" }), features);
  };
  return [
    hooks.at(`${path}.hook_rot_q`, rotate(q, architecture.heads)),
    hooks.at(`${path}.hook_rot_k`, rotate(k, architecture.kvHeads)),
  ];
}

/** [batch, kv_head, group × query, key] seen as [batch, head, query, key]. */
function perQueryHead({ graph }: DecoderWriter, scores: Value, queries: Value, keys: Value): Value {
  const start = graph.node("Shape", [queries], { end: 3 }, { type: "int64" });
  const end = graph.node("Shape", [keys], { start: 2, end: 3 }, { type: "int64" });
  return graph.node("Reshape", [scores, graph.node("Concat", [start, end], { axis: 0 }, { type: "int64" })]);
}

/** The shape [batch, kv_head, group × query, key]. */
function shapeOf({ graph }: DecoderWriter, stacked: Value, keys: Value): Value {
  const start = graph.node("Shape", [stacked], { end: 3 }, { type: "int64" });
  const end = graph.node("Shape", [keys], { start: 2, end: 3 }, { type: "int64" });
  return graph.node("Concat", [start, end], { axis: 0 }, { type: "int64" });
}
